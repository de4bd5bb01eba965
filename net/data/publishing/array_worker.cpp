#include "net/data/publishing/array_worker.hpp"

#include "base/thread_priority.hpp"

#include <utility>

namespace carillon::data {

namespace {

/// How long one array is parsed before the next has its turn.
constexpr std::chrono::milliseconds turn{4};

} // namespace

array_worker::~array_worker() {
  stop();
}

void array_worker::push(std::string_view company, step x) {
  {
    std::lock_guard lock{mutex_};
    if (stopping_)
      return;
    if (!thread_.joinable())
      thread_ = std::thread{[this] { run(); }};
    waiting_.push(company, {std::string{company}, std::move(x)}, 1);
  }
  changed_.notify_one();
}

void array_worker::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable())
    thread_.join();
  waiting_.remove_if([](const item&) { return true; });
}

void array_worker::run() {
  run_in_background();
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_)
      return;
    auto next = waiting_.pop();
    lock.unlock();
    const bool done = next.parse(std::chrono::steady_clock::now() + turn);
    if (done)
      next.parse = nullptr;
    lock.lock();
    if (!done) {
      const auto company = next.company;
      waiting_.push(company, std::move(next), 1);
    }
  }
}

} // namespace carillon::data
