#include "actors/jobs/job_attempt.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>

namespace carillon {

namespace {

/// Bytes of an error text that are stored.
constexpr size_t stored_error_bytes = 1'024;

/// Retries are delayed by up to a tenth, so that jobs that failed together do not return together.
constexpr double retry_jitter = 0.1;

bool is_result(const std::string& x) {
  if (x.size() > job_limits::result_bytes || !is_utf8(x))
    return false;
  // One value, and no text that continues what is around it, which is two levels.
  auto parsed = parse_strict_object(R"({"all":[)" + x + "]}", event_limits::json_depth + 2);
  return parsed && parsed->MemberCount() == 1 && (*parsed)["all"].Size() == 1;
}

finished_job record_of(const job_attempt& x, const job_outcome& outcome) {
  finished_job out;
  out.id = x.id;
  out.fence = x.fence;
  out.outcome = {outcome.what, excerpt(outcome.error, stored_error_bytes), {}};
  if (outcome.what != job_outcome::verdict::done || outcome.result.empty())
    return out;
  if (is_result(outcome.result))
    out.outcome.result = outcome.result;
  else
    out.outcome.error = "the result is not kept: only JSON of at most 32 KiB is";
  return out;
}

} // namespace

job_end end_of(const job_outcome& x) noexcept {
  switch (x.what) {
  case job_outcome::verdict::done:
    return job_end::done;
  case job_outcome::verdict::failed:
    return job_end::failed;
  case job_outcome::verdict::unavailable:
    return job_end::unavailable;
  case job_outcome::verdict::hopeless:
  case job_outcome::verdict::postponed:
    break;
  }
  return job_end::hopeless;
}

finished_job finished(const job_attempt& x, const job_outcome& outcome, const job_queue& of,
                      timestamp now, const std::function<double()>& random) {
  auto out = record_of(x, outcome);
  if (outcome.what == job_outcome::verdict::unavailable && now - x.created_at < of.give_up_after) {
    out.again = now;
    out.returned = true;
  }
  const auto& schedule = of.retry_schedule;
  if (outcome.what == job_outcome::verdict::failed && x.number <= schedule.size()) {
    auto pause = std::max(schedule[std::max<size_t>(x.number, 1) - 1], outcome.pause);
    auto late = static_cast<int64_t>(static_cast<double>(pause.count()) * retry_jitter
                                     * (random ? random() : 0.0));
    out.again = now + pause + std::chrono::milliseconds{late};
  }
  return out;
}

finished_job postponed(const job_attempt& x, const job_outcome& outcome, timestamp now) {
  auto out = record_of(x, outcome);
  out.again = now + std::max(outcome.pause, std::chrono::milliseconds{1});
  out.returned = true;
  return out;
}

finished_job returned(const job& x, timestamp now) {
  finished_job out;
  out.id = x.id;
  out.fence = x.fence;
  out.outcome = job_outcome::failed({});
  out.again = now;
  out.returned = true;
  return out;
}

} // namespace carillon
