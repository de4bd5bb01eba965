#pragma once

#include "messages/events/publish.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace carillon::test {

/// Replaces the router: accepts calls and completes them as the test requires. Thread-safe.
class fake_router {
public:
  enum class mode : uint8_t {
    /// Completes within `publish`.
    at_once,
    /// Completes on a thread of its own.
    elsewhere,
    /// Keeps the call until `release`.
    hold,
    /// Completes with `fault`.
    fail,
  };

  explicit fake_router(mode x = mode::at_once) : mode_(x), worker_([this] { work(); }) {
  }
  fake_router(const fake_router&) = delete;
  fake_router& operator=(const fake_router&) = delete;

  ~fake_router() {
    {
      std::lock_guard lock{mutex_};
      ended_ = true;
    }
    changed_.notify_all();
    worker_.join();
  }

  void publish(publish_call_ptr call) {
    if (auto stall = std::exchange(before_next_, nullptr))
      stall();
    {
      std::lock_guard lock{mutex_};
      sizes_.push_back(call->size());
      for (const auto& x : call->drafts())
        drafts_.push_back(x);
      if (mode_ == mode::hold || mode_ == mode::elsewhere) {
        held_.push_back(std::move(call));
        changed_.notify_all();
        return;
      }
    }
    complete(*call);
  }

  void set_mode(mode x) {
    std::lock_guard lock{mutex_};
    mode_ = x;
    changed_.notify_all();
  }

  /// Completes the held call number `index` from this thread.
  void release(size_t index = 0) {
    publish_call_ptr call;
    {
      std::lock_guard lock{mutex_};
      call = held_.at(index);
      held_.erase(held_.begin() + static_cast<ptrdiff_t>(index));
    }
    complete(*call);
  }

  size_t held() const {
    std::lock_guard lock{mutex_};
    return held_.size();
  }

  /// Number of drafts of each call so far.
  std::vector<size_t> calls() const {
    std::lock_guard lock{mutex_};
    return sizes_;
  }

  std::vector<draft_ptr> drafts() const {
    std::lock_guard lock{mutex_};
    return drafts_;
  }

  /// The failure of `mode::fail`.
  failure fault{ec::overloaded, "too much in flight", {}};

  /// Makes the receipt of a draft other than the next position.
  std::function<std::optional<receipt>(const event&)> verdict;

  /// Runs within the next `publish`, on the thread of its loop.
  void stall_next(std::function<void()> f) {
    before_next_ = std::move(f);
  }

private:
  void complete(publish_call& call) {
    if (mode_ == mode::fail)
      return call.complete(fault);
    receipts out;
    {
      std::lock_guard lock{mutex_};
      for (const auto& x : call.drafts()) {
        auto special = verdict ? verdict(*x) : std::nullopt;
        out.push_back(special ? *special : receipt{.seq = ++seq_, .conflicting_type = {}});
      }
    }
    call.complete(std::move(out));
  }

  void work() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock,
                    [this] { return ended_ || (mode_ == mode::elsewhere && !held_.empty()); });
      if (ended_)
        return;
      auto calls = std::exchange(held_, {});
      lock.unlock();
      for (auto& x : calls)
        complete(*x);
      calls.clear();
      lock.lock();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<mode> mode_;
  std::vector<publish_call_ptr> held_;
  std::vector<size_t> sizes_;
  std::vector<draft_ptr> drafts_;
  position seq_ = 0;
  bool ended_ = false;
  std::function<void()> before_next_;
  std::thread worker_;
};

} // namespace carillon::test
