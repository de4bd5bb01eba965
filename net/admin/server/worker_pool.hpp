#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace carillon::admin {

/// Threads that run jobs of several callers in turn: a caller with many or slow requests holds only
/// some of the threads, and the others continue. Bounded. Thread-safe.
class worker_pool {
public:
  struct limits {
    size_t threads = 8;
    /// Threads that the jobs of one key may hold; 0 = half of them.
    size_t per_key = 0;
    /// Most waiting jobs of all keys; half of it for one key.
    size_t waiting = 64;
  };

  struct job {
    std::function<void()> run;
    /// Called instead of `run` when the pool ends.
    std::function<void()> drop;
  };

  enum class verdict : uint8_t { taken, full, key_is_full };

  explicit worker_pool(const limits& x);
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;
  /// Stops.
  ~worker_pool();

  verdict enqueue(uint64_t key, job x);

  /// Waits for running jobs and drops waiting ones.
  void stop();

private:
  struct lane {
    std::deque<job> jobs;
    size_t running = 0;
    /// The key is in `turns_`.
    bool listed = false;
  };

  void work();
  void list(uint64_t key, lane& x);

  const size_t per_key_;
  const size_t waiting_;
  const size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<uint64_t, lane> lanes_;
  /// Keys with a job that may run.
  std::deque<uint64_t> turns_;
  /// Waiting and running jobs.
  size_t held_ = 0;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

} // namespace carillon::admin
