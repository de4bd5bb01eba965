#include "net/data/connection_places.hpp"

#include "net/data/connection.hpp"

#include <utility>

namespace carillon::data {

connection_ref connection_places::reserve() {
  if (free_.empty()) {
    places_.emplace_back();
    return {static_cast<uint32_t>(places_.size() - 1), 0};
  }
  auto index = free_.back();
  free_.pop_back();
  return {index, places_[index].generation};
}

void connection_places::put(connection_ref at, std::shared_ptr<connection> x) {
  places_[at.index].tenant = std::move(x);
}

bool connection_places::remove(connection_ref x) {
  auto& at = places_[x.index];
  if (at.generation != x.generation || !at.tenant)
    return false;
  at.tenant.reset();
  ++at.generation;
  free_.push_back(x.index);
  return true;
}

connection* connection_places::find(connection_ref x) const noexcept {
  const auto& at = places_[x.index];
  return at.generation == x.generation ? at.tenant.get() : nullptr;
}

void connection_places::each(const std::function<void(connection&)>& visit) {
  // A visit may close the connection; the copy keeps it alive meanwhile.
  for (const auto& at : places_)
    if (auto tenant = at.tenant)
      visit(*tenant);
}

connection* connection_places::longest_idle(std::chrono::steady_clock::time_point now) {
  for (int look = 0; look < 2; ++look) {
    while (!idle_.empty()) {
      auto x = idle_.take();
      // It may have become active or ended since the scan.
      auto* tenant = find(x.connection);
      if (tenant != nullptr && tenant->idle_since(now) == x.since)
        return tenant;
    }
    if (look == 0 && idle_.may_look(now))
      look_for_idle(now);
  }
  return nullptr;
}

void connection_places::look_for_idle(std::chrono::steady_clock::time_point now) {
  for (uint32_t i = 0; i < places_.size(); ++i)
    if (const auto& at = places_[i]; at.tenant)
      if (auto since = at.tenant->idle_since(now))
        idle_.add({*since, {i, at.generation}});
  idle_.looked(now, places_.size());
}

} // namespace carillon::data
