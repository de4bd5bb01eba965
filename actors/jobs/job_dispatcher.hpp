#pragma once

#include "actors/jobs/job_dispatcher_env.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// State of the JOB DISPATCHER.
class job_dispatcher_state {
public:
  static constexpr const char* name = "carillon.jobs";

  job_dispatcher_state() = default;
  job_dispatcher_state(const job_dispatcher_state&) = delete;
  job_dispatcher_state& operator=(const job_dispatcher_state&) = delete;

  /// Tells the workers to end: they are detached.
  ~job_dispatcher_state();

  // -- the loop (job_dispatcher.cpp) --------------------------------------------

  void init(job_dispatcher_actor::pointer self, job_dispatcher_env env);
  void on_committed();
  void on_tick(uint64_t generation);
  void on_down(const caf::down_msg& x);
  caf::result<atom::done> drain();

  // -- requests (job_dispatcher_requests.cpp) -------------------------------------

  caf::result<atom::done> add(const job_queue_ptr& x);
  caf::result<enqueued_jobs> enqueue(const enqueue_jobs& x);
  caf::result<job> retry(const retry_job& x);
  caf::result<uint64_t> retry(const retry_jobs& x);
  caf::result<job> cancel(const cancel_job& x);
  caf::result<atom::done> pause(const pause_job_queue& x);
  caf::result<job_queue_records> queues();

private:
  using clock = std::chrono::steady_clock;

  struct attempt {
    uint64_t id = 0;
    uint64_t fence = 0;
    uint32_t number = 0;
    clock::time_point begun;
    timestamp created_at;
  };

  struct worker {
    job_worker_actor handle;
    /// The attempt that it runs now.
    std::optional<attempt> has;
    /// It hangs in an abandoned job: its thread cannot be stopped.
    bool stuck = false;
  };

  struct queue {
    job_queue_ptr spec;
    bool paused = false;
    /// Leased and not begun.
    std::deque<job> ready;
    std::map<uint64_t, worker> workers;
    /// Jobs may be due.
    bool hungry = true;
    /// How often `hungry` was set.
    uint64_t woken = 0;
    /// When the next job is due.
    std::optional<timestamp> due;
    /// Usual duration of attempts; recent ones weigh most.
    clock::duration usual{0};
    /// A dependency of its jobs is unavailable: the pause between probes; 0 = available, as far as
    /// known.
    std::chrono::milliseconds away_pause{0};
    /// At this time one job probes it.
    clock::time_point away_until;
    std::string away_reason;
    job_counters::row* counters = nullptr;
  };

  struct ended {
    finished_job what;
    queue* of = nullptr;
  };

  struct asked {
    queue* of = nullptr;
    size_t most = 0;
    size_t got = 0;
    uint64_t woken = 0;
  };

  /// Does all work that can be done now, then sets the timer for later work.
  void pump();
  void arm();
  void release();
  void trim();
  void finish_drain();
  bool may_ask_store() const;
  void on_store_failed();
  void on_store_worked();

  // -- leasing (job_dispatcher_leases.cpp) ----------------------------------------

  void wake(queue& x);
  void wake_due();
  void lease();
  void on_leased(std::vector<asked> xs, timestamp asked_at, const leased_jobs& found);
  bool renew(queue& x, const job& leased);
  size_t wanted(const queue& x) const;
  size_t ahead_of(const queue& x) const;
  bool may_spawn(const queue& x) const;
  void give_back(queue& x);
  void give_back(queue& x, const job& what);
  void flush();

  // -- working (job_dispatcher_work.cpp) --------------------------------------------

  void start(queue& x);
  void begin(queue& x, uint64_t id, job what);
  std::optional<uint64_t> free_worker(queue& x);
  void on_end(queue& x, uint64_t id, const job_outcome& outcome, bool gone);
  void record(queue& x, const attempt& what, const job_outcome& outcome, job_end how);
  void postpone(queue& x, const attempt& what, const job_outcome& outcome);
  /// Notes that the dependency of its jobs is unavailable, or available again.
  void note_away(queue& x, const job_outcome& outcome);
  bool may_begin(const queue& x) const;
  /// Writes that state into the record.
  void put_away(job_queue_record& x) const;
  void watch(queue& x);
  void let_go(queue& x);
  clock::duration time_for(const queue& x) const;

  // -- members ----------------------------------------------------------------------

  job_dispatcher_actor::pointer self_ = nullptr;
  job_dispatcher_env env_;
  /// Never removed, so that their addresses stay.
  std::map<std::string, queue> queues_;
  uint64_t next_worker_ = 1;
  /// Ends that are not recorded yet, and those being recorded; kept until they are recorded.
  std::vector<ended> ends_;
  std::vector<ended> recording_;
  bool record_under_way_ = false;
  bool lease_under_way_ = false;
  bool release_under_way_ = false;
  bool released_ = false;
  bool trim_under_way_ = false;
  bool draining_ = false;
  /// Ends cannot be recorded at present: no job is begun.
  bool cannot_record_ = false;
  std::chrono::milliseconds store_pause_{0};
  clock::time_point pause_until_;
  clock::time_point look_at_;
  clock::time_point trim_at_;
  clock::time_point drained_by_;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
  uint64_t generation_ = 0;
  std::optional<clock::time_point> armed_;
};

/// Runs the JOB DISPATCHER.
job_dispatcher_actor::behavior_type
job_dispatcher(job_dispatcher_actor::stateful_pointer<job_dispatcher_state> self,
               job_dispatcher_env env);

} // namespace carillon
