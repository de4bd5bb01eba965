#include "actors/jobs/job_outage.hpp"

#include "base/text/utf8.hpp"

#include <algorithm>

namespace carillon {

namespace {

/// Bytes of a reason that operators see.
constexpr size_t reason_bytes = 1'024;

} // namespace

job_outage::job_outage(std::chrono::milliseconds pause, std::chrono::milliseconds max_pause)
  : first_pause_(pause), max_pause_(max_pause) {
}

job_outage::change job_outage::note(const job_outcome& x, clock::time_point now) {
  auto was_away = is_away();
  if (x.what != job_outcome::verdict::unavailable) {
    pause_ = std::chrono::milliseconds{0};
    reason_.clear();
    return was_away ? change::back : change::none;
  }
  reason_ = excerpt(x.error, reason_bytes);
  // Failures of jobs that were under way together count once.
  if (was_away && now < until_)
    return change::none;
  pause_ = std::clamp(pause_ * 2, first_pause_, max_pause_);
  until_ = now + pause_;
  return change::away;
}

} // namespace carillon
