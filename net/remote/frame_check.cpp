#include "net/remote/frame_check.hpp"

#include <caf/actor_registry.hpp>
#include <caf/binary_deserializer.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace carillon::remote {

namespace {

namespace basp = caf::io::basp;

/// Actors of a peer that may be known at a time.
constexpr size_t most_senders = 1'024;

/// What peers say. The types of other messages are never deserialized.
constexpr std::array<std::string_view, 6> accepted_types{
  "@<>+carillon::remote_login",       "@<>+carillon::remote_publish",
  "@<>+carillon::remote_query",       "@<>+carillon::remote_subscribe",
  "@<>+carillon::remote_acknowledge", "@<>+carillon::remote_unsubscribe"};

std::string printable_part(std::string_view x) {
  std::string out{x.substr(0, 60)};
  std::replace_if(
    out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

} // namespace

std::string_view type_of_message(const std::vector<char>& payload) noexcept {
  // No forwarding stack, no number of a type, and the length of a name below 128.
  constexpr size_t head = 4;
  if (payload.size() < head || payload[0] != 0 || payload[1] != 0 || payload[2] != 0
      || payload[3] < 0)
    return {};
  auto size = static_cast<size_t>(payload[3]);
  return payload.size() < head + size ? std::string_view{}
                                      : std::string_view{payload.data() + head, size};
}

frame_check::verdict frame_check::refuse(std::string why, remote_refusal reason) {
  reason_ = reason;
  why_ = std::move(why);
  return verdict::refuse;
}

frame_check::verdict frame_check::header(const std::vector<char>& bytes) {
  caf::binary_deserializer in{to_.system, bytes};
  if (in(header_) || !basp::valid(header_))
    return refuse("sent what is no frame of CAF");
  if (header_.payload_len > to_.frame_bytes)
    return refuse("announced a frame of " + std::to_string(header_.payload_len) + " bytes; at most "
                  + std::to_string(to_.frame_bytes) + " are taken (--caf-frame-bytes)");
  return verdict::pass;
}

frame_check::verdict frame_check::frame(const std::vector<char>& payload) {
  using basp::message_type;
  if (header_.operation == message_type::client_handshake)
    return handshake(payload);
  if (!to_.peer->identified())
    return refuse("sent a frame before its handshake");
  switch (header_.operation) {
  case message_type::heartbeat:
    return verdict::pass;
  case message_type::direct_message:
    return message(payload);
  case message_type::monitor_message:
    return monitor(payload);
  case message_type::down_message:
    return down(payload);
  case message_type::routed_message:
    // A link: peers may watch a session, and not end it.
    to_.peer->complain_once("sent a link, or a message of another node; such messages are dropped");
    return verdict::drop;
  case message_type::client_handshake:
  case message_type::server_handshake:
    break;
  }
  return refuse("sent a frame of kind " + to_string(header_.operation)
                + ", which no peer of this port has a use for");
}

frame_check::verdict frame_check::handshake(const std::vector<char>& payload) {
  caf::binary_deserializer in{to_.system, payload};
  caf::node_id node;
  if (in(node) || !node)
    return refuse("its handshake names no node");
  // The second one says that it has accepted ours.
  if (header_.has(basp::header::select_connection_flag))
    to_.peer->join();
  if (to_.peer->identified())
    return node == to_.peer->node() ? verdict::pass
                                    : refuse("its second handshake names another node");
  if (node == to_.system.node() || !to_.peers.identify(to_.peer, node))
    return refuse("its handshake names the node of another connection; if it connects again, the "
                  "earlier connection has to end first",
                  remote_refusal::handshake);
  return verdict::pass;
}

/// The payload begins with the peer's node and ours.
bool frame_check::from_to(const std::vector<char>& payload) {
  caf::binary_deserializer in{to_.system, payload};
  caf::node_id from;
  caf::node_id to;
  return !in(from, to) && from == to_.peer->node() && to == to_.system.node();
}

frame_check::verdict frame_check::monitor(const std::vector<char>& payload) {
  if (!from_to(payload))
    return refuse("wants to monitor in the name of another node");
  return to_.accepts(header_.dest_actor) ? verdict::pass : verdict::drop;
}

frame_check::verdict frame_check::down(const std::vector<char>& payload) {
  if (!from_to(payload))
    return refuse("reports an end in the name of another node");
  senders_.erase(header_.source_actor);
  return verdict::pass;
}

frame_check::verdict frame_check::message(const std::vector<char>& payload) {
  // CAF asks each new node for its servers by name; nobody else is asked by name.
  if (header_.has(basp::header::named_receiver_flag))
    return verdict::drop;
  auto type = type_of_message(payload);
  if (std::find(accepted_types.begin(), accepted_types.end(), type) == accepted_types.end()) {
    // The answers of a peer's own servers, and its unexpected replies, come as well.
    if (to_.accepts(header_.dest_actor))
      to_.peer->complain_once("sent " + printable_part(type)
                              + " to an actor of this port; such messages are dropped");
    return verdict::drop;
  }
  if (header_.source_actor == caf::invalid_actor_id)
    return verdict::drop;
  if (senders_.insert(header_.source_actor).second && senders_.size() > most_senders)
    return refuse("has more than " + std::to_string(most_senders) + " actors that send here");
  if (!to_.accepts(header_.dest_actor))
    // CAF answers a request to an actor that is gone.
    return to_.system.registry().get(header_.dest_actor) == nullptr ? verdict::pass : verdict::drop;
  if (!to_.peer->actors().arrived(header_.dest_actor, payload.size()))
    return refuse("sends faster than it is served, and does not wait for its answers",
                  remote_refusal::flood);
  return verdict::pass;
}

} // namespace carillon::remote
