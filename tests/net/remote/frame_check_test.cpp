#include "net/remote/frame_check.hpp"

#include "messages/remote/interfaces.hpp"
#include "tests/support/deterministic.hpp"

#include <caf/binary_serializer.hpp>

#include <doctest/doctest.h>

using namespace carillon;
using namespace carillon::remote;
using caf::io::basp::message_type;
using carillon::test::deterministic;
using verdict = frame_check::verdict;
using bytes = std::vector<char>;

namespace {

constexpr caf::actor_id gate_id = 7;

caf::node_id node_of(uint32_t process) {
  return *caf::make_node_id(process, std::string(40, 'a'));
}

/// A connection of a peer.
struct frames {
  deterministic world;
  /// Of the peer. A system without a middleman has none.
  caf::node_id other = node_of(1);
  std::vector<std::string> lines;
  peer_table peers{{.connections = 2}};
  peer_ptr made = new_peer();
  frame_check check = checking(made);

  peer_ptr new_peer() {
    auto out = std::make_shared<peer>(
      -1, "192.0.2.1", uint16_t{5},
      [this](std::optional<remote_refusal>, const std::string& x) { lines.push_back(x); });
    CHECK(peers.add(out));
    return out;
  }

  frame_check checking(const peer_ptr& x) {
    return frame_check{
      {world.sys, peers, x, 1'000, [](caf::actor_id to) { return to == gate_id; }}};
  }

  template <class... Ts>
  bytes payload(const Ts&... xs) {
    bytes out;
    caf::binary_serializer sink{world.sys, out};
    CHECK_FALSE(sink(xs...));
    return out;
  }

  template <class T>
  bytes message(T x) {
    return payload(std::vector<caf::strong_actor_ptr>{}, caf::make_message(std::move(x)));
  }

  static verdict see(frame_check& by, caf::actor_system& system, message_type kind, uint8_t flags,
                     const bytes& content, caf::actor_id from = 3, caf::actor_id to = gate_id) {
    bytes head;
    caf::binary_serializer sink{system, head};
    caf::io::basp::header x{kind, flags, static_cast<uint32_t>(content.size()), 0, from, to};
    CHECK_FALSE(sink(x));
    auto out = by.header(head);
    return out == verdict::pass ? by.frame(content) : out;
  }

  verdict see(message_type kind, const bytes& content, caf::actor_id from = 3,
              caf::actor_id to = gate_id, uint8_t flags = 0) {
    return see(check, world.sys, kind, flags, content, from, to);
  }

  verdict shake_hands() {
    return see(message_type::client_handshake, payload(other), 0, 0);
  }
};

} // namespace

TEST_SUITE("net/remote/frame_check") {
  TEST_CASE_FIXTURE(frames, "only messages of this interface pass, to the actors of this peer") {
    CHECK(shake_hands() == verdict::pass);
    CHECK(see(message_type::direct_message, message(remote_login{})) == verdict::pass);
    CHECK(see(message_type::direct_message, message(remote_query{})) == verdict::pass);
    CHECK(see(message_type::direct_message, message(caf::exit_msg{})) == verdict::drop);
    CHECK(lines.size() == 1);
    CHECK(lines.front().find("@exit") != std::string::npos);
    CHECK(see(message_type::direct_message, message(remote_receipts{})) == verdict::drop);
    CHECK(see(message_type::direct_message, message(atom::close_v)) == verdict::drop);
    CHECK(lines.size() == 1);
    // Without a sender nobody could be answered.
    CHECK(see(message_type::direct_message, message(remote_login{}), 0) == verdict::drop);
    // By name.
    CHECK(see(message_type::direct_message, message(remote_login{}), 3, gate_id, 1)
          == verdict::drop);
    // CAF tells the sender that this one is gone.
    CHECK(see(message_type::direct_message, message(remote_login{}), 3, 99) == verdict::pass);
  }

  TEST_CASE_FIXTURE(frames, "a message with a forwarding stack is not read") {
    CHECK(shake_hands() == verdict::pass);
    auto content = message(remote_login{});
    CHECK(type_of_message(content) == "@<>+carillon::remote_login");
    content[0] = 1;
    CHECK(type_of_message(content).empty());
    CHECK(see(message_type::direct_message, content) == verdict::drop);
    for (size_t n = 1; n < content.size(); ++n)
      CHECK(see(message_type::direct_message,
                bytes(content.begin(), content.begin() + static_cast<long>(n)))
            == verdict::drop);
  }

  TEST_CASE_FIXTURE(frames, "a frame above the limit is refused before its payload comes") {
    CHECK(shake_hands() == verdict::pass);
    CHECK(see(message_type::direct_message, message(remote_publish{std::string(900, 'x')}))
          == verdict::pass);
    CHECK(see(message_type::direct_message, message(remote_publish{std::string(1'000, 'x')}))
          == verdict::refuse);
    CHECK(check.why().find("--caf-frame-bytes") != std::string::npos);
    CHECK(check.reason() == remote_refusal::frame);
  }

  TEST_CASE_FIXTURE(frames, "a peer has one node, its own, and speaks for no other") {
    CHECK(see(message_type::direct_message, message(remote_login{})) == verdict::refuse);
    CHECK(shake_hands() == verdict::pass);
    CHECK_FALSE(made->joined());
    // The second handshake accepts ours.
    CHECK(see(message_type::client_handshake, payload(other), 0, 0, 2) == verdict::pass);
    CHECK(made->joined());
    auto third = node_of(2);
    CHECK(see(message_type::client_handshake, payload(third), 0, 0) == verdict::refuse);
    auto second = new_peer();
    auto by = checking(second);
    CHECK(see(by, world.sys, message_type::client_handshake, 0, payload(other)) == verdict::refuse);
    CHECK(see(by, world.sys, message_type::client_handshake, 0, payload(world.sys.node()))
          == verdict::refuse);
    CHECK(see(by, world.sys, message_type::client_handshake, 0, payload(caf::node_id{}))
          == verdict::refuse);
    CHECK_FALSE(peers.add(std::make_shared<peer>(-1, "", uint16_t{0}, nullptr)));
    CHECK(see(message_type::monitor_message, payload(other, world.sys.node())) == verdict::pass);
    CHECK(see(message_type::monitor_message, payload(third, world.sys.node())) == verdict::refuse);
    CHECK(see(message_type::down_message, payload(third, world.sys.node(), caf::error{}))
          == verdict::refuse);
    CHECK(see(message_type::routed_message, payload(third, world.sys.node())) == verdict::drop);
    CHECK(see(message_type::server_handshake, payload(other)) == verdict::refuse);
  }

  TEST_CASE_FIXTURE(frames, "a peer that does not wait for its answers is refused") {
    CHECK(shake_hands() == verdict::pass);
    for (size_t i = 0; i < peer_actors::most_waiting; ++i)
      REQUIRE(see(message_type::direct_message, message(remote_query{})) == verdict::pass);
    made->actors().took(gate_id);
    CHECK(see(message_type::direct_message, message(remote_query{})) == verdict::pass);
    CHECK(see(message_type::direct_message, message(remote_query{})) == verdict::refuse);
    CHECK(check.reason() == remote_refusal::flood);
  }

  TEST_CASE_FIXTURE(frames, "a peer with too many senders is refused, unless they end") {
    CHECK(shake_hands() == verdict::pass);
    auto send = [this](caf::actor_id from) {
      auto out = see(message_type::direct_message, message(remote_query{}), from);
      made->actors().took(gate_id);
      return out;
    };
    for (caf::actor_id i = 1; i <= 1'024; ++i)
      REQUIRE(send(i) == verdict::pass);
    CHECK(see(message_type::down_message, payload(other, world.sys.node(), caf::error{}), 5, 0)
          == verdict::pass);
    CHECK(send(2'000) == verdict::pass);
    CHECK(send(2'001) == verdict::refuse);
  }
}
