#pragma once

#include "messages/remote/counters.hpp"
#include "net/remote/peer_actors.hpp"

#include <caf/node_id.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace carillon::remote {

/// Counts a refusal, if it is one, and writes a line for the operator.
using reporter = std::function<void(std::optional<remote_refusal>, const std::string&)>;

/// One connection of a peer, as its socket and its sessions share it. Thread-safe.
class peer {
public:
  using clock = std::chrono::steady_clock;

  /// Unsent answers beyond which requests are answered `overloaded`, and beyond which the peer is
  /// disconnected.
  static constexpr size_t patient_unsent_bytes = 8UL * 1024 * 1024;
  static constexpr size_t most_unsent_bytes = 64UL * 1024 * 1024;

  peer(int fd, std::string ip, uint16_t port, reporter report);

  /// Address and port, and the subject of the certificate if there is one.
  std::string name() const;
  const std::string& ip() const noexcept {
    return ip_;
  }

  void set_subject(std::string subject);

  /// The peer has told its node, first thing.
  void identify(caf::node_id node);
  caf::node_id node() const;
  bool identified() const noexcept {
    return identified_;
  }

  /// The peer has seen our handshake, and found our application identifier among its own.
  void join() noexcept {
    joined_ = true;
  }
  bool joined() const noexcept {
    return joined_;
  }

  void saw_traffic() noexcept {
    last_seen_ = clock::now();
  }
  clock::time_point last_seen() const noexcept {
    return last_seen_;
  }
  clock::time_point since() const noexcept {
    return since_;
  }

  /// Reports the reason and closes the connection; the first call does.
  void cut(remote_refusal reason, const std::string& why) noexcept;
  bool is_cut() const noexcept {
    return cut_;
  }

  /// Reports that the connection is over, unless it was cut.
  void over(std::optional<remote_refusal> reason, const std::string& why) noexcept;

  /// Reports it once per connection: what else a peer does of the kind is dropped silently.
  void complain_once(const std::string& what) noexcept;

  /// The socket is about to be closed.
  void forget_socket() noexcept;

  /// Its sessions, and its messages on their way to actors of the port.
  peer_actors& actors() noexcept {
    return actors_;
  }
  const peer_actors& actors() const noexcept {
    return actors_;
  }

  /// Answers that the socket has not taken; at least 1 while there are some.
  void set_unsent(size_t bytes) noexcept {
    unsent_ = bytes;
  }
  size_t unsent() const noexcept {
    return unsent_;
  }

private:
  void report(std::optional<remote_refusal> reason, const std::string& text) const noexcept;

  const std::string ip_;
  const uint16_t port_;
  const reporter report_;
  const clock::time_point since_ = clock::now();
  std::atomic<clock::time_point> last_seen_{since_};
  std::atomic<bool> identified_{false};
  std::atomic<bool> joined_{false};
  std::atomic<bool> cut_{false};
  std::atomic<bool> complained_{false};
  std::atomic<size_t> unsent_{0};
  mutable std::mutex mutex_;
  int fd_;
  std::string subject_;
  caf::node_id node_;
  peer_actors actors_;
};

using peer_ptr = std::shared_ptr<peer>;

} // namespace carillon::remote
