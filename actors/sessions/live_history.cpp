#include "actors/sessions/live_history.hpp"

#include <algorithm>

namespace carillon {

void live_history::reset(position at) {
  events_.clear();
  bytes_ = 0;
  from_ = to_ = at;
}

void live_history::add(live_event_ptr x) {
  to_ = x->get().seq;
  bytes_ += footprint_bytes(x->get());
  events_.push_back(std::move(x));
  while (events_.size() > max_events_ || bytes_ > max_bytes_) {
    from_ = events_.front()->get().seq;
    bytes_ -= footprint_bytes(events_.front()->get());
    events_.pop_front();
  }
}

live_history::page live_history::read(position after, const viewer& who, size_t limit,
                                      size_t bytes) const {
  constexpr size_t most_looked_at = 4'096;
  page out;
  auto i = std::upper_bound(events_.begin(), events_.end(), after,
                            [](position x, const live_event_ptr& y) { return x < y->get().seq; });
  size_t looked_at = 0;
  size_t taken = 0;
  for (; i != events_.end(); ++i) {
    if (out.events.size() >= limit || taken >= bytes || looked_at++ >= most_looked_at) {
      out.to = (*i)->get().seq - 1;
      return out;
    }
    const auto& x = (*i)->get();
    if (!may_see(who, x))
      continue;
    taken += footprint_bytes(x);
    out.events.push_back(*i);
  }
  out.to = std::max(to_, after);
  return out;
}

} // namespace carillon
