#pragma once

#include "actors/schedules/due_batch.hpp"
#include "messages/events/interfaces.hpp"
#include "messages/schedules/interfaces.hpp"
#include "messages/schedules/options.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace carillon {

/// Time since the machine was started, while it was suspended included. No step of the wall clock
/// changes it. Thread-safe.
std::chrono::nanoseconds time_since_boot();

/// Dependencies of the scheduler.
struct scheduler_env {
  schedule_store_actor state_writer;
  /// Finds what is due.
  schedule_store_actor state_reader;
  router_actor router;
  /// The wall clock, by which things are due; tests replace it.
  std::function<timestamp()> now = wall_clock_now;
  /// Tells a pause of the node from a step of the wall clock.
  std::function<std::chrono::nanoseconds()> elapsed = time_since_boot;
  scheduler_options options;
};

/// State of the SCHEDULER. A round finds what is due, publishes it, and tells the store when it is
/// in the log. After an end at any point in between it is published again, and is a duplicate
/// then: an occurrence is the id of its event. So it is with several nodes.
///
/// The store says which occurrence of a schedule is next, so no step of the wall clock loses or
/// repeats one. Occurrences count as missed only if no round took place for a while by a clock that
/// is never set: after a start, an outage, or a suspended machine.
class scheduler_state {
public:
  static constexpr const char* name = "carillon.scheduler";

  scheduler_state() = default;
  scheduler_state(const scheduler_state&) = delete;
  scheduler_state& operator=(const scheduler_state&) = delete;

  void init(scheduler_actor::pointer self, scheduler_env env);

  // -- callbacks --------------------------------------------------------------------

  /// Makes the change, and learns when something is due.
  template <class Request>
  caf::result<reply_of<Request>> change(const Request& x);

  void on_outcome(const publish_outcome& x);
  void on_tick(uint64_t generation);
  caf::result<atom::done> drain();

private:
  using clock = std::chrono::steady_clock;

  /// Begins a round, unless one is under way.
  void look();
  void take(const due_work_ptr& found);
  void publish();
  void settle();
  void settle_delays();
  void end_round(bool good);

  /// The first time from which on an occurrence is not missed.
  void judge_pause(timestamp now);

  void wake_for(const schedule_record& x);
  void wake_for(const delayed_event& x);
  void wake_for(atom::done) {
  }
  void wake_at(const std::optional<timestamp>& x);
  void arm(clock::duration pause);

  scheduler_actor::pointer self_ = nullptr;
  scheduler_env env_;
  due_batch batch_;
  /// Delayed events that are to be added when the store has marked them.
  due_work_ptr found_;
  timestamp round_now_;
  std::chrono::nanoseconds round_elapsed_{0};
  std::optional<std::chrono::nanoseconds> good_at_;
  timestamp late_before_ = timestamp::min();
  bool busy_ = false;
  bool again_ = false;
  /// The round leaves something that is due.
  bool more_ = false;
  bool failed_ = false;
  bool draining_ = false;
  size_t waiting_calls_ = 0;
  uint64_t first_call_ = 1;
  uint64_t generation_ = 0;
  clock::time_point armed_for_ = clock::time_point::max();
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
};

/// Runs the SCHEDULER. Detached: it reads time zones from files.
scheduler_actor::behavior_type scheduler(scheduler_actor::stateful_pointer<scheduler_state> self,
                                         scheduler_env env);

} // namespace carillon
