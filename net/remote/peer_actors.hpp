#pragma once

#include <caf/actor_control_block.hpp>

#include <cstddef>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace carillon::remote {

/// The sessions of a peer, and its messages on their way to actors of the port. Thread-safe.
class peer_actors {
public:
  /// Unhandled messages of one peer; beyond either it is disconnected.
  static constexpr size_t most_waiting = 1'024;
  static constexpr size_t most_waiting_bytes = 32UL * 1024 * 1024;

  /// The actor is a session of this peer.
  void own(caf::actor_id x);
  bool owns(caf::actor_id x) const;
  size_t sessions() const;

  /// A message for this actor came; false if too many wait.
  bool arrived(caf::actor_id to, size_t bytes);

  /// The actor took its next message.
  void took(caf::actor_id to);

  /// The actor is no more.
  void ended(caf::actor_id x);

private:
  mutable std::mutex mutex_;
  std::unordered_set<caf::actor_id> sessions_;
  std::unordered_map<caf::actor_id, std::deque<size_t>> waiting_;
  size_t waiting_count_ = 0;
  size_t waiting_bytes_ = 0;
};

} // namespace carillon::remote
