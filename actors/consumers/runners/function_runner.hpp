#pragma once

#include "actors/consumers/runners/delivery_runner.hpp"
#include "actors/consumers/runners/function_worker.hpp"
#include "messages/interfaces.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <set>

namespace carillon {

/// Runs an application's function in a thread of its own, two hand-overs at a time. A thread that
/// hangs in the function cannot be stopped: it is abandoned, and a new one takes over.
class function_runner final : public delivery_runner {
public:
  struct limits {
    /// Deliveries per hand-over.
    size_t work_events = 256;
    /// Threads that may hang before the runner waits for one of them.
    size_t max_stuck_threads = 4;
    /// Of one attempt.
    std::chrono::milliseconds deadline{};
  };

  /// @param self,listener outlive the runner
  function_runner(consumer_actor::pointer self, handler_function fn, limits bounds,
                  delivery_spans spans, delivery_listener& listener);
  function_runner(const function_runner&) = delete;
  function_runner& operator=(const function_runner&) = delete;
  ~function_runner() override;

  void run(std::deque<delivery>& ready) override;

  bool busy() const override {
    return !works_.empty();
  }

  bool wants_watch() const override {
    return !works_.empty();
  }

  bool watch() override;
  void drain() override;

private:
  using clock = std::chrono::steady_clock;

  /// False if too many threads hang.
  bool ensure_worker();
  void on_work_done(const work_ptr& x);
  void settle(const work& x, size_t claimed);

  consumer_actor::pointer self_;
  handler_function fn_;
  limits limits_;
  delivery_spans spans_;
  delivery_listener& listener_;
  function_worker_actor worker_;
  /// Hand-overs under way, the oldest first.
  std::deque<work_ptr> works_;
  /// What the first of them had claimed, and since when.
  size_t watched_claims_ = 0;
  clock::time_point watched_since_;
  /// Work whose thread hangs in the function.
  std::set<work_ptr> stuck_;
};

} // namespace carillon
