#include "messages/jobs/queue.hpp"

#include <utility>

namespace carillon {

namespace {

constexpr size_t max_workers = 64;

failure wrong(const char* field, std::string detail) {
  return {ec::invalid_argument, std::move(detail), field};
}

} // namespace

expected<void> check(const job_queue& x) {
  using std::chrono::milliseconds;
  if (!is_job_kind(x.name) || x.name.find('.') != std::string::npos)
    return wrong("name", "the name of a queue is 1 to 64 of [a-z0-9_-] and begins with a letter");
  if (x.workers == 0 || x.workers > max_workers)
    return wrong("workers", "a queue has 1 to 64 workers");
  if (x.deadline <= milliseconds{0} || x.deadline > std::chrono::hours{24})
    return wrong("deadline", "the deadline of a job is more than 0 and at most 24 hours");
  for (auto pause : x.retry_schedule)
    if (pause < milliseconds{0} || pause > std::chrono::hours{24 * 365})
      return wrong("retry_schedule", "a pause is from 0 to 365 days");
  if (!x.make)
    return wrong("make", "a queue needs a function that makes its runners");
  return {};
}

} // namespace carillon
