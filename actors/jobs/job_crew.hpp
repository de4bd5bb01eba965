#pragma once

#include "actors/jobs/job_attempt.hpp"

#include <caf/actor_addr.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace carillon {

/// Who does the jobs of a queue: threads of the node, or workers outside of it. Part of the job
/// dispatcher, on whose thread it runs.
class job_crew {
public:
  using clock = std::chrono::steady_clock;

  struct handler {
    /// An attempt ended. Not called for one that was given up.
    std::function<void(const job_attempt&, const job_outcome&)> on_end;
    /// There may be room for another job.
    std::function<void()> on_freed;
  };

  job_crew() = default;
  job_crew(const job_crew&) = delete;
  job_crew& operator=(const job_crew&) = delete;
  virtual ~job_crew() = default;

  /// How long an attempt may take before it is given up, or its lease is renewed.
  virtual clock::duration overdue_after() const noexcept = 0;

  /// Attempts under way that are not given up.
  virtual size_t busy() const = 0;

  /// Jobs that could begin now.
  virtual size_t free() const = 0;

  /// Whether a leased job that cannot begin is kept until it can; otherwise it is returned.
  virtual bool keeps_jobs() const noexcept = 0;

  /// True while an attempt is under way, or a thread is not gone, apart from those that hang.
  virtual bool any_left() const = 0;

  /// Starts an attempt at a job. Returns false if the crew is full; then the job stays queued.
  virtual bool begin(job&& what) = 0;

  /// Continues the attempt under way at this job under its new lease; false if there is none.
  virtual bool renew(const job& x) = 0;

  /// Gives up the attempts that take longer than they may.
  virtual std::vector<job_attempt> give_up_overdue() = 0;

  /// When the next attempt is overdue; empty = none will be.
  virtual std::optional<clock::time_point> next_overdue() const = 0;

  /// Adds the leases of attempts under way that end before this time, and are to go on.
  virtual void add_fading([[maybe_unused]] timestamp before,
                          [[maybe_unused]] std::vector<job_lease>& out) const {
  }

  /// These leases end at this time now. Those of other crews are ignored.
  virtual void on_renewed([[maybe_unused]] const std::vector<job_lease>& xs,
                          [[maybe_unused]] timestamp until) {
  }

  /// The first end of a lease that is to go on; empty = there is none.
  virtual std::optional<timestamp> next_fading() const {
    return std::nullopt;
  }

  /// Tells idle threads to end.
  virtual void end_idle() = 0;

  /// An actor ended.
  virtual void on_down(const caf::actor_addr& x) = 0;
};

} // namespace carillon
