#pragma once

#include "actors/jobs/job_dispatcher_env.hpp"
#include "actors/jobs/job_end_book.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>

namespace carillon {

/// The dispatcher's requests to the store: one of each kind at a time. After a rejection all but
/// the deletions pause, twice as long each time up to a maximum. Part of the job dispatcher, on
/// whose thread all callbacks run.
class store_requests {
public:
  using clock = std::chrono::steady_clock;

  /// @param self the dispatcher, which outlives this, as `env` does
  /// @param changed is called when an answer came, or none: there may be work to do
  store_requests(job_dispatcher_actor::pointer self, const job_dispatcher_env& env,
                 std::function<void()> changed);

  /// Ends leases of earlier processes, until that has worked once.
  void release();

  /// Whether `lease` may be called: old leases are released, and ends can be recorded.
  bool may_lease() const;

  /// Jobs may be on their way.
  bool is_leasing() const noexcept {
    return leasing_ || awaiting_ > 0;
  }

  void lease(lease_jobs request, std::function<void(const leased_jobs&)> on_leased);

  /// Has jobs leased when they are added; the next `lease` or `await` ends it. Called when `lease`
  /// may be.
  /// @param on_leased is called unless it was ended
  void await(lease_jobs request, std::function<void(const leased_jobs&)> on_leased);

  /// Ends the last `await`.
  void end_await();

  /// Whether an `await` is open that was not ended.
  bool is_awaiting() const noexcept {
    return awaits_;
  }

  /// Renews leases, unless that is under way.
  /// @param on_renewed is called with the new end
  void renew(renew_leases request, std::function<void(timestamp)> on_renewed);

  /// Records the ends that wait, unless they may wait longer. They stay in `ends`, which outlives
  /// this, until they are recorded.
  /// @param at_once none may wait
  void record(job_end_book& ends, bool at_once);

  /// When ends that may wait are recorded; in the past if they need not.
  clock::time_point records_at() const noexcept {
    return record_at_;
  }

  /// The last ends could not be recorded: no job should begin.
  bool cannot_record() const noexcept {
    return cannot_record_;
  }

  /// Deletes old jobs from time to time.
  void trim();

  /// The next deletion.
  clock::time_point trims_at() const noexcept {
    return trim_at_;
  }

  /// The end of the pause after a rejection; in the past if there is none.
  clock::time_point pauses_until() const noexcept {
    return pause_until_;
  }

private:
  bool may_ask() const;
  void on_failed();
  void on_worked();

  job_dispatcher_actor::pointer self_;
  const job_dispatcher_env& env_;
  std::function<void()> changed_;
  bool leasing_ = false;
  /// Requests to await jobs that have no answer.
  size_t awaiting_ = 0;
  /// The last one was not ended.
  bool awaits_ = false;
  uint64_t await_number_ = 0;
  bool recording_ = false;
  bool cannot_record_ = false;
  bool releasing_ = false;
  bool renewing_ = false;
  bool released_ = false;
  bool trimming_ = false;
  clock::time_point record_at_;
  std::chrono::milliseconds pause_;
  clock::time_point pause_until_;
  clock::time_point trim_at_;
};

} // namespace carillon
