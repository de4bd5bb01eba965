#pragma once

#include "actors/workers/hand_over.hpp"
#include "base/time.hpp"
#include "messages/jobs/job_outcome.hpp"
#include "messages/jobs/lease_requests.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace carillon {

/// The jobs that workers of a desk have, by the numbers of their hand-overs, and what was said of
/// them and did not go to the store yet. Answers no promise itself. The book bounds both.
class held_jobs {
public:
  using promise = caf::typed_response_promise<job_outcome>;

  void add(uint64_t number, promise to, job_lease lease);

  /// A held job is under another lease now: what was said of it belongs to that one. Ignores other
  /// jobs.
  void renew(job_lease x);

  /// A worker has it no more. What was said of it stays.
  /// @returns empty if the number is not that of a held job
  std::optional<promise> end(uint64_t number);

  /// No worker has any.
  std::vector<promise> end_all();

  /// Replaces the progress of a job by the latest. Ignores numbers of other deliveries.
  void note(noted_job x, timestamp now);

  /// What was said of all jobs: it is not kept any more.
  note_progress take_notes();

  /// What was said of one.
  note_progress take_notes(uint64_t number);

private:
  struct held {
    promise to;
    job_lease lease;
    /// The last that was said of it.
    std::optional<job_progress> said = {};
  };

  std::unordered_map<uint64_t, held> jobs_;
  /// By the number of the job: one worker has it.
  std::unordered_map<uint64_t, uint64_t> numbers_;
  /// The last of each job.
  std::map<uint64_t, noted_progress> notes_;
};

/// What the end of a hand-over means for a job.
job_outcome job_outcome_of(ended_delivery x, timestamp now);

} // namespace carillon
