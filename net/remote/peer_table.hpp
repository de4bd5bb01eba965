#pragma once

#include "net/remote/peer.hpp"

#include <chrono>
#include <mutex>
#include <vector>

namespace carillon::remote {

/// The open connections of the port. Thread-safe.
class peer_table {
public:
  struct limits {
    size_t connections = 64;
    std::chrono::milliseconds handshake{10'000};
    std::chrono::milliseconds silence{15'000};
  };

  explicit peer_table(limits x) : limits_(x) {
  }

  /// False if there are as many as may be.
  bool add(const peer_ptr& x);

  void remove(const peer_ptr& x) noexcept;

  /// Gives a node to its connection; false if another connection has it.
  bool identify(const peer_ptr& x, const caf::node_id& node);

  /// The connection of a node; null if there is none.
  peer_ptr find(const caf::node_id& node) const;

  /// Cuts connections whose handshake takes too long, and those that are silent.
  void sweep(peer::clock::time_point now);

  /// True if every peer has taken its answers.
  bool all_sent() const;

private:
  const limits limits_;
  mutable std::mutex mutex_;
  std::vector<peer_ptr> all_;
};

} // namespace carillon::remote
