#include "actors/sessions/subscription.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

subscription::subscription(std::vector<type_pattern> types, payload_filter filter)
  : types_(std::move(types)), filter_(std::move(filter)) {
}

bool subscription::wants(const live_event_ptr& x) {
  if (!has_type(x))
    return false;
  if (filter_.is_everything())
    return true;
  if (x != seen_) {
    wanted_ = matches_payload(filter_, keys_of(x->get()));
    seen_ = x;
    excluded_ += wanted_ ? 0 : 1;
  }
  return wanted_;
}

bool subscription::has_type(const live_event_ptr& x) const noexcept {
  return types_.empty() || std::any_of(types_.begin(), types_.end(), [&](const auto& y) {
           return y.matches(x->get().type);
         });
}

subscription::run subscription::next_run(const std::vector<live_event_ptr>& events, size_t from) {
  if (types_.empty() && filter_.is_everything())
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
