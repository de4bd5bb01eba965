#pragma once

#include "actors/jobs/job_crew.hpp"
#include "actors/jobs/job_dispatcher_env.hpp"
#include "actors/jobs/running_span.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// The threads of one queue: each runs one job at a time, for as long as the queue allows.
class job_workers final : public job_crew {
public:
  /// @param self the dispatcher, which outlives this, as `env` does
  job_workers(job_dispatcher_actor::pointer self, const job_dispatcher_env& env, job_queue_ptr spec,
              handler to);

  /// Tells the workers to end: they are detached.
  ~job_workers() override;

  clock::duration overdue_after() const noexcept override {
    return overdue_after_;
  }

  /// Workers with a job that is not given up.
  size_t busy() const override;

  size_t free() const override;

  bool keeps_jobs() const noexcept override {
    return true;
  }

  bool any_left() const override;

  /// Hands a job to an idle worker, or to a new one.
  bool begin(job&& what) override;

  bool renew(const job& x) override;

  /// Gives up the attempts that take longer than their deadline and its grace.
  std::vector<job_attempt> give_up_overdue() override;

  std::optional<clock::time_point> next_overdue() const override;

  void end_idle() override;

  void on_down(const caf::actor_addr& x) override;

private:
  struct worker {
    job_worker_actor handle;
    /// The attempt that it runs now.
    std::optional<job_attempt> has;
    /// The span of the attempt, if it is recorded.
    std::optional<running_span> traced = {};
    /// It hangs in an abandoned job: its thread cannot be stopped.
    bool stuck = false;
  };

  bool may_spawn() const;
  worker* free_worker(uint64_t& id);
  void on_answer(uint64_t id, const job_outcome& outcome, bool gone);
  void end_span(worker& x, const std::string& error);

  job_dispatcher_actor::pointer self_;
  const job_dispatcher_env& env_;
  job_queue_ptr spec_;
  handler to_;
  clock::duration overdue_after_;
  std::map<uint64_t, worker> all_;
  uint64_t next_id_ = 1;
};

} // namespace carillon
