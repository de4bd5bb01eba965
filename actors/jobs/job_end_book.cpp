#include "actors/jobs/job_end_book.hpp"

#include <utility>

namespace carillon {

void job_end_book::add(finished_job x, job_lease_book& of, bool may_wait) {
  urgent_ = urgent_ || !may_wait;
  waiting_.push_back({std::move(x), &of});
}

finish_jobs job_end_book::take() {
  if (taken_.empty()) {
    taken_ = std::exchange(waiting_, {});
    urgent_ = false;
  }
  finish_jobs out;
  out.items.reserve(taken_.size());
  for (const auto& x : taken_)
    out.items.push_back(x.what);
  return out;
}

void job_end_book::recorded() {
  for (const auto& x : std::exchange(taken_, {}))
    if (x.what.again)
      x.of->expect(*x.what.again);
}

} // namespace carillon
