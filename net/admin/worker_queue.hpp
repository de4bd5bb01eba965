#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace carillon::admin {

/// The threads of the port. Unlike httplib's own pool the queue is bounded: a job too
/// many runs at once on the accepting thread, told by `turns_away` to refuse.
class worker_queue final : public httplib::TaskQueue {
public:
  /// @param most jobs that wait while all threads are busy
  worker_queue(size_t threads, size_t most);

  void enqueue(std::function<void()> job) override;

  /// Runs what waits, then joins the threads.
  void shutdown() override;

  /// True within a job that there was no place for.
  static bool turns_away() noexcept;

private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  /// Jobs that may wait or run.
  size_t most_;
  size_t running_ = 0;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

} // namespace carillon::admin
