#include "net/data/workers/queue_names.hpp"

#include <set>
#include <utility>

namespace carillon::data {

queue_names::queue_names(bound_ptr places) : places_(std::move(places)) {
}

expected<void> queue_names::use(const std::string& queue, const std::string& company,
                                time_point now) {
  std::lock_guard guard{mutex_};
  if (auto found = names_.find(queue); found != names_.end()) {
    found->second.used_at = now;
    return {};
  }
  auto place = bound_lease::take(places_, company, 1);
  if (!place)
    return failure{place.error().code, place.error().detail, "queue"};
  names_.emplace(queue, entry{std::move(*place), now});
  return {};
}

bool queue_names::claim_look(bool refused, time_point now) {
  std::lock_guard guard{mutex_};
  if (looked_ && (!refused || now - looked_at_ < between_looks))
    return false;
  looked_ = true;
  looked_at_ = now;
  return true;
}

/// The company that used a name in an earlier process is not known: such names count for no
/// company. If the bound is smaller now, those above it do not count at all.
void queue_names::refresh(const std::vector<std::string>& with_jobs, time_point now) {
  std::lock_guard guard{mutex_};
  const std::set<std::string_view> kept{with_jobs.begin(), with_jobs.end()};
  std::erase_if(names_, [&](const auto& x) {
    return now - x.second.used_at >= unused && !kept.contains(x.first);
  });
  for (const auto& x : with_jobs) {
    if (names_.contains(x))
      continue;
    auto place = bound_lease::take(places_, {}, 1);
    names_.emplace(x, entry{place ? std::move(*place) : bound_lease{}, now - unused});
  }
}

} // namespace carillon::data
