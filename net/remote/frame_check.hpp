#pragma once

#include "net/remote/peer_table.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/basp/header.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace carillon::remote {

/// Looks at each frame of BASP, the protocol between CAF processes, before CAF does. CAF would
/// allocate what a header announces, believe every node id, and hand on any message to any actor.
/// Of one connection; used by the thread of its socket only.
class frame_check {
public:
  enum class verdict : uint8_t {
    /// CAF may have it.
    pass,
    /// Leave it out: an honest peer sends it as well.
    drop,
    /// The connection ends, see `why`.
    refuse,
  };

  struct links {
    caf::actor_system& system;
    peer_table& peers;
    peer_ptr peer;
    size_t frame_bytes = 0;
    /// True for the gate and the sessions of this peer.
    std::function<bool(caf::actor_id)> accepts;
  };

  explicit frame_check(links x) : to_(std::move(x)) {
  }

  /// Checks a header: 32 bytes. `refuse`, or `pass` and `header()` says how many bytes follow.
  verdict header(const std::vector<char>& bytes);

  /// Checks the frame of the last header, with its payload.
  verdict frame(const std::vector<char>& payload);

  const caf::io::basp::header& header() const noexcept {
    return header_;
  }

  /// Of the last refusal.
  remote_refusal reason() const noexcept {
    return reason_;
  }
  const std::string& why() const noexcept {
    return why_;
  }

private:
  verdict refuse(std::string why, remote_refusal reason = remote_refusal::frame);
  verdict handshake(const std::vector<char>& payload);
  verdict monitor(const std::vector<char>& payload);
  verdict down(const std::vector<char>& payload);
  verdict message(const std::vector<char>& payload);
  bool from_to(const std::vector<char>& payload);

  links to_;
  caf::io::basp::header header_;
  /// Actors of the peer for which CAF has a proxy.
  std::unordered_set<caf::actor_id> senders_;
  remote_refusal reason_ = remote_refusal::frame;
  std::string why_;
};

/// The type of the message in the payload of a direct message: `@<>+carillon::remote_login`. Empty
/// if the payload is malformed or has a forwarding stack.
std::string_view type_of_message(const std::vector<char>& payload) noexcept;

} // namespace carillon::remote
