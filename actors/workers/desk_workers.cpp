#include "actors/workers/desk_workers.hpp"

#include <algorithm>

namespace carillon {

std::map<desk_workers::worker_id, desk_workers::hello_promise> desk_workers::take_held() {
  return std::exchange(held_, {});
}

std::optional<desk_workers::worker_id> desk_workers::remove(const caf::down_msg& x) {
  auto found
    = std::find_if(all_.begin(), all_.end(), [&](const auto& y) { return x.source == y.second; });
  if (found == all_.end())
    return std::nullopt;
  const auto id = found->first;
  held_.erase(id);
  all_.erase(found);
  return id;
}

const worker_actor* desk_workers::find(worker_id x) const {
  auto found = all_.find(x);
  return found != all_.end() ? &found->second : nullptr;
}

} // namespace carillon
