#include "net/admin/worker_queue.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

thread_local bool turning_away = false;

} // namespace

worker_queue::worker_queue(size_t threads, size_t most)
  : most_(most + std::max<size_t>(1, threads)) {
  threads = std::max<size_t>(1, threads);
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { work(); });
}

bool worker_queue::turns_away() noexcept {
  return turning_away;
}

void worker_queue::enqueue(std::function<void()> job) {
  {
    std::lock_guard lock{mutex_};
    if (jobs_.size() + running_ < most_) {
      jobs_.push_back(std::move(job));
      changed_.notify_one();
      return;
    }
  }
  turning_away = true;
  job();
  turning_away = false;
}

void worker_queue::shutdown() {
  {
    std::lock_guard lock{mutex_};
    ended_ = true;
    changed_.notify_all();
  }
  for (auto& x : threads_)
    x.join();
  threads_.clear();
}

void worker_queue::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
    if (jobs_.empty())
      return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    ++running_;
    lock.unlock();
    job();
    lock.lock();
    --running_;
  }
}

} // namespace carillon::admin
