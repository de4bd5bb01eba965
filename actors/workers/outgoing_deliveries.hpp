#pragma once

#include "messages/workers/deliveries.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace carillon {

/// Deliveries that were handed over and not sent yet, by their workers: what is handed over in a
/// row travels together. Plain logic; the worker book bounds it.
class outgoing_deliveries {
public:
  using clock = std::chrono::steady_clock;

  /// How long from now until what was added is to be sent; empty if that is scheduled already.
  /// @param wait how long a delivery may wait for others
  /// @param alone a delivery waits only if many were sent the last time, not longer than `wait` ago
  std::optional<clock::duration> schedule(clock::time_point now, clock::duration wait, bool alone);

  /// What was added is being sent.
  void flushed(clock::time_point now);

  void add(uint64_t worker, handed_delivery x);

  bool contains(uint64_t worker) const {
    return lists_.contains(worker);
  }

  /// Those for whom there is something, by their numbers.
  std::vector<uint64_t> workers() const;

  /// What there is for this worker, in the order of the hand-overs; empty if there is nothing.
  handed_deliveries take(uint64_t worker);

  /// The same as messages.
  /// @param most deliveries in each; at least 1
  std::vector<handed_deliveries_ptr> take_batches(uint64_t worker, size_t most);

private:
  bool scheduled_ = false;
  std::optional<clock::time_point> flushed_at_;
  /// How many were sent then.
  size_t flushed_ = 0;
  std::map<uint64_t, handed_deliveries> lists_;
};

} // namespace carillon
