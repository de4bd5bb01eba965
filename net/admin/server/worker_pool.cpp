#include "net/admin/server/worker_pool.hpp"

#include <algorithm>
#include <csignal>

namespace carillon::admin {

namespace {

size_t at_least_one(size_t x) noexcept {
  return std::max<size_t>(1, x);
}

} // namespace

worker_pool::worker_pool(const limits& x)
  : per_key_(x.per_key > 0 ? x.per_key : at_least_one(x.threads / 2)), waiting_(x.waiting),
    most_(x.waiting + at_least_one(x.threads)) {
  threads_.reserve(at_least_one(x.threads));
  for (size_t i = 0; i < at_least_one(x.threads); ++i)
    threads_.emplace_back([this] { work(); });
}

worker_pool::~worker_pool() {
  stop();
}

worker_pool::verdict worker_pool::enqueue(uint64_t key, job x) {
  std::lock_guard lock{mutex_};
  if (ended_ || held_ >= most_)
    return verdict::full;
  auto& at = lanes_[key];
  if (at.jobs.size() + at.running >= per_key_ + at_least_one(waiting_ / 2))
    return verdict::key_is_full;
  at.jobs.push_back(std::move(x));
  ++held_;
  list(key, at);
  return verdict::taken;
}

void worker_pool::list(uint64_t key, lane& x) {
  if (x.listed || x.jobs.empty() || x.running >= per_key_)
    return;
  x.listed = true;
  turns_.push_back(key);
  changed_.notify_one();
}

void worker_pool::stop() {
  std::unordered_map<uint64_t, lane> left;
  {
    std::lock_guard lock{mutex_};
    ended_ = true;
    turns_.clear();
    for (auto& [key, x] : lanes_)
      left[key].jobs.swap(x.jobs);
    changed_.notify_all();
  }
  for (auto& [key, x] : left)
    for (auto& y : x.jobs)
      y.drop();
  for (auto& x : threads_)
    x.join();
  threads_.clear();
}

void worker_pool::work() {
  // The main thread handles signals.
  sigset_t all{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || !turns_.empty(); });
    if (ended_)
      return;
    auto key = turns_.front();
    turns_.pop_front();
    auto& mine = lanes_[key];
    mine.listed = false;
    auto next = std::move(mine.jobs.front());
    mine.jobs.pop_front();
    ++mine.running;
    list(key, mine);
    lock.unlock();
    try {
      next.run();
    } catch (...) {
      // Out of memory for an answer: the connection's deadline ends the request.
    }
    next = {};
    lock.lock();
    --held_;
    // Other lanes may have changed meanwhile, but this one still exists since its job ran.
    auto& again = lanes_[key];
    --again.running;
    list(key, again);
    if (again.running == 0 && again.jobs.empty())
      lanes_.erase(key);
  }
}

} // namespace carillon::admin
