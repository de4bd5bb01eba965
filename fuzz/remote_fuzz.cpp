// The frames of a CAF process (BASP, the protocol of CAF 0.17.6). What passes is a frame that CAF
// may see: of a peer with a node, within the limit, to the gate or to nobody, of an accepted type,
// and CAF's deserializer takes or refuses its message without harm.

#include "fuzz/require.hpp"
#include "messages/ids.hpp"
#include "net/remote/frame_check.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

using namespace carillon;
using namespace carillon::remote;
using caf::io::basp::message_type;
using verdict = frame_check::verdict;

namespace {

constexpr size_t frame_bytes = 4'096;
constexpr caf::actor_id gate = 7;

struct config : caf::actor_system_config {
  config() {
    add_message_types<caf::id_block::carillon>();
    set("scheduler.policy", caf::atom("testing"));
  }
};

/// CAF reads it as it will.
void deserialize(caf::actor_system& system, const std::vector<char>& payload) {
  caf::binary_deserializer source{system, payload};
  std::vector<caf::strong_actor_ptr> stages;
  caf::message content;
  // Of a malformed body CAF makes an empty message, which the port's actors drop.
  if (!source(stages, content))
    fuzz::require(stages.empty() && content.size() <= 1);
}

void check_passed(const frame_check& check, const peer& from, caf::actor_system& system,
                  const std::vector<char>& payload) {
  const auto& header = check.header();
  fuzz::require(from.identified());
  fuzz::require(payload.size() == header.payload_len && payload.size() <= frame_bytes);
  fuzz::require(header.operation != message_type::server_handshake
                && header.operation != message_type::routed_message);
  if (header.operation != message_type::direct_message)
    return;
  fuzz::require(header.source_actor != 0 && !header.has(header.named_receiver_flag));
  fuzz::require(type_of_message(payload).starts_with("@<>+carillon::remote_"));
  deserialize(system, payload);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Never destroyed: CAF's own statics end before it would.
  static auto& system = *new caf::actor_system{*new config};
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  peer_table peers{{}};
  auto from = std::make_shared<peer>(-1, "192.0.2.1", uint16_t{1}, nullptr);
  fuzz::require(peers.add(from));
  frame_check check{
    {system, peers, from, frame_bytes, [](caf::actor_id to) { return to == gate; }}};
  while (rest.size() >= caf::io::basp::header_size) {
    if (check.header({rest.begin(), rest.begin() + caf::io::basp::header_size}) != verdict::pass)
      return 0;
    rest.remove_prefix(caf::io::basp::header_size);
    auto length = check.header().payload_len;
    if (rest.size() < length)
      return 0;
    std::vector<char> payload{rest.begin(), rest.begin() + length};
    rest.remove_prefix(length);
    auto x = check.frame(payload);
    if (x == verdict::refuse) {
      fuzz::require(!check.why().empty());
      return 0;
    }
    if (x == verdict::pass)
      check_passed(check, *from, system, payload);
  }
  return 0;
}
