#include "actors/sessions/subscription.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

subscription::subscription(std::vector<type_pattern> types) : types_(std::move(types)) {
}

bool subscription::wants(const live_event_ptr& x) const noexcept {
  return std::any_of(types_.begin(), types_.end(),
                     [&](const auto& y) { return y.matches(x->get().type); });
}

subscription::run subscription::next_run(const std::vector<live_event_ptr>& events,
                                         size_t from) const noexcept {
  if (types_.empty())
    return {from, events.size()};
  run out{from, from};
  while (out.first < events.size() && !wants(events[out.first]))
    ++out.first;
  out.last = out.first;
  while (out.last < events.size() && wants(events[out.last]))
    ++out.last;
  return out;
}

} // namespace carillon
