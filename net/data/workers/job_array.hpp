#pragma once

#include "base/json/array_items.hpp"
#include "messages/access/principal.hpp"
#include "messages/jobs/requests.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::data {

/// Jobs of one request, in their order: each is one, or says why it is not.
using given_jobs = std::vector<expected<job_draft>>;

/// What became of a job.
struct job_verdict {
  /// Empty if it was none.
  std::string kind;
  std::string key;
  expected<enqueued_job> what;
};

/// Of all jobs of a request, in their order.
using job_verdicts = std::vector<job_verdict>;

/// Of one request.
constexpr size_t most_jobs = 1'000;

/// An array of jobs of `POST /api/jobs`, which is parsed piece by piece. An item that is not a job
/// fails alone. Text that is not JSON fails the whole array, since nothing around it can be
/// trusted. Used by one thread at a time; it holds the text.
class job_array {
public:
  /// @param now bounds the times of their runs
  job_array(std::string text, timestamp now);
  job_array(const job_array&) = delete;
  job_array& operator=(const job_array&) = delete;

  /// Parses until the time given, at least one. True when all are done. Errors: `malformed_json`
  /// with the index of the item, `invalid_argument` (no array, or an empty one), `too_large` (more
  /// than `most_jobs`); nothing is left to do then.
  expected<bool> parse(std::chrono::steady_clock::time_point until);

  given_jobs take() noexcept {
    return std::move(jobs_);
  }

private:
  expected<void> take_item();

  std::string text_;
  array_items items_;
  timestamp now_;
  given_jobs jobs_;
};

/// The jobs as this caller may add them: one whose key is bound to a company adds jobs of it, and
/// may not add others (`forbidden`).
given_jobs claimed(given_jobs xs, const principal& who);

/// `{"results":[…]}`: of each what `enqueued_json` says, or `{"index","error"}`.
std::string verdicts_json(const job_verdicts& xs);

} // namespace carillon::data
