#include "messages/jobs/job_counters.hpp"

namespace carillon {

job_counters::row& job_counters::of(const std::string& queue) {
  std::lock_guard guard{mutex_};
  return rows_[queue];
}

} // namespace carillon
