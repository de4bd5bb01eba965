#pragma once

#include "actors/jobs/job_attempt.hpp"
#include "actors/jobs/job_dispatcher_env.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace carillon {

/// The workers of one queue: each runs one job at a time, for as long as the queue allows. Part of
/// the job dispatcher, on whose thread it runs.
class job_workers {
public:
  using clock = std::chrono::steady_clock;

  struct handler {
    /// An attempt ended. Not called for one that was given up.
    std::function<void(const job_attempt&, const job_outcome&)> on_end;
    /// A worker that hung is gone.
    std::function<void()> on_freed;
  };

  /// @param self the dispatcher, which outlives this, as `env` does
  job_workers(job_dispatcher_actor::pointer self, const job_dispatcher_env& env, job_queue_ptr spec,
              handler to);
  job_workers(const job_workers&) = delete;
  job_workers& operator=(const job_workers&) = delete;

  /// Tells the workers to end: they are detached.
  ~job_workers();

  /// How long an attempt may take before it is given up.
  clock::duration overdue_after() const noexcept {
    return overdue_after_;
  }

  /// Workers with a job that is not given up.
  size_t busy() const;

  /// Jobs that could begin now.
  size_t free() const;

  /// True while one of them is not gone, apart from those that hang.
  bool any_left() const;

  /// Hands a job to an idle worker, or to a new one. False if there is none: the job stays.
  bool begin(job&& what);

  /// Continues the attempt under way at this job under its new lease; false if there is none.
  bool renew(const job& x);

  /// Gives up the attempts that take longer than their deadline and its grace.
  std::vector<job_attempt> give_up_overdue();

  /// When the next attempt is overdue; empty = none is under way.
  std::optional<clock::time_point> next_overdue() const;

  /// Tells the workers without a job to end.
  void end_idle();

  /// An actor ended.
  void on_down(const caf::actor_addr& x);

private:
  struct worker {
    job_worker_actor handle;
    /// The attempt that it runs now.
    std::optional<job_attempt> has;
    /// It hangs in an abandoned job: its thread cannot be stopped.
    bool stuck = false;
  };

  bool may_spawn() const;
  worker* free_worker(uint64_t& id);
  void on_answer(uint64_t id, const job_outcome& outcome, bool gone);

  job_dispatcher_actor::pointer self_;
  const job_dispatcher_env& env_;
  job_queue_ptr spec_;
  handler to_;
  clock::duration overdue_after_;
  std::map<uint64_t, worker> all_;
  uint64_t next_id_ = 1;
};

} // namespace carillon
