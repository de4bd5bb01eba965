#pragma once

#include "actors/jobs/desk_crew.hpp"
#include "actors/jobs/job_end_book.hpp"
#include "actors/jobs/job_lease_book.hpp"
#include "actors/jobs/job_outage.hpp"
#include "actors/jobs/job_workers.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace carillon {

/// A queue of the job dispatcher: its leased jobs, who does them, and whether jobs may begin. Part
/// of the dispatcher, on whose thread it runs.
class dispatched_queue {
public:
  using clock = std::chrono::steady_clock;

  /// @param self the dispatcher, which outlives this, as `env` does
  /// @param ends gets the ends of attempts
  /// @param changed is called when there may be work to do
  dispatched_queue(job_dispatcher_actor::pointer self, const job_dispatcher_env& env,
                   job_queue_ptr spec, job_end_book& ends, std::function<void()> changed);

  /// Of workers outside of the node, perhaps of one company only.
  dispatched_queue(job_dispatcher_actor::pointer self, const job_dispatcher_env& env,
                   const remote_job_queue_ptr& remote, job_end_book& ends,
                   std::function<void()> changed);
  dispatched_queue(const dispatched_queue&) = delete;
  dispatched_queue& operator=(const dispatched_queue&) = delete;

  job_lease_book& leases() noexcept {
    return leases_;
  }

  job_crew& crew() noexcept {
    return *crew_;
  }

  const std::string& name() const noexcept {
    return spec_->name;
  }

  bool is_remote() const noexcept {
    return desk_ != nullptr;
  }

  /// Of a remote one: how many jobs its workers may have.
  void set_room(uint64_t jobs);

  /// Jobs to ask the store for.
  size_t wanted() const;

  /// Jobs that its workers would take if some were added; 0 if the store has to be asked first.
  size_t awaited() const;

  /// So many of its jobs.
  wanted_jobs jobs(size_t most) const;

  bool is_paused() const noexcept {
    return paused_;
  }

  /// Pausing returns the leased jobs; what is under way ends.
  void pause(bool on);

  /// A clock that was set forward ends leases too early. A job that is running here, or about to,
  /// is not begun again: it continues under the new lease.
  void accept(const job& leased);

  /// Returns the leased jobs that are not begun.
  void give_back();

  /// Gives up attempts that take too long.
  void give_up_overdue();

  /// Begins leased jobs while workers are free.
  void start();

  /// When it has work to do by itself.
  /// @param begins_jobs false if only attempts under way count
  std::optional<clock::time_point> next_work(clock::time_point now, timestamp wall,
                                             bool begins_jobs) const;

  /// Adds what only the dispatcher knows.
  void describe(job_queue_record& x) const;

private:
  job_crew::handler handlers();
  void on_end(const job_attempt& what, const job_outcome& outcome);
  void record(const job_attempt& what, const job_outcome& outcome, job_end how);
  bool may_begin() const;

  job_dispatcher_actor::pointer self_;
  const job_dispatcher_env& env_;
  job_queue_ptr spec_;
  job_end_book& ends_;
  std::function<void()> changed_;
  job_lease_book leases_;
  job_outage outage_;
  std::unique_ptr<job_crew> crew_;
  /// The crew, if it is remote.
  desk_crew* desk_ = nullptr;
  std::optional<std::string> company_id_;
  bool paused_ = false;
  job_counters::row* counters_ = nullptr;
};

/// By name, remote ones by `remote_queue_key`. Never removed, so that their addresses stay.
using dispatched_queues = std::map<std::string, dispatched_queue>;

} // namespace carillon
