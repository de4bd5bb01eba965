#pragma once

#include "node/engine/engine.hpp"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

namespace carillon::bench {

/// Bounds the number of calls under way.
class gate {
public:
  explicit gate(size_t width) : free_(width) {
  }

  void enter() {
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [this] { return free_ > 0; });
    --free_;
  }

  void leave() {
    std::lock_guard guard{mutex_};
    ++free_;
    changed_.notify_one();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t free_;
};

/// Publishes batches for a while, two under way; events per second and latencies of calls. The time
/// to make the events does not count: they are made between the timed segments.
double publish_rate(engine& node, size_t batch, double seconds, std::vector<double>* latencies_ms);

} // namespace carillon::bench
