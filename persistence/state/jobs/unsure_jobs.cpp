#include "persistence/state/jobs/unsure_jobs.hpp"

namespace carillon::sql {

enqueued_job unsure_jobs::answer(enqueued_job x) {
  if (x.duplicate && !x.differs && ids_.contains(x.id) && taken_.insert(x.id).second)
    x.duplicate = false;
  return x;
}

void unsure_jobs::committed() {
  for (auto id : taken_)
    ids_.erase(id);
  taken_.clear();
}

void unsure_jobs::doubt(const std::vector<enqueued_job>& xs) {
  taken_.clear();
  for (const auto& x : xs)
    if (!x.duplicate)
      ids_.insert(x.id);
  while (ids_.size() > most)
    ids_.erase(ids_.begin());
}

} // namespace carillon::sql
