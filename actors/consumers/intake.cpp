#include "actors/consumers/intake.hpp"

#include <algorithm>

namespace carillon {

intake::intake(event_filter filter, bool fed_by_filter)
  : filter_(std::move(filter)), fed_by_filter_(fed_by_filter) {
}

void intake::start_after(position cursor) noexcept {
  next_ = cursor + 1;
}

void intake::see_head(position x) noexcept {
  head_ = std::max(head_, x);
}

void intake::push(event_batch_ptr x) {
  see_head(x->last());
  pending_.push_back(std::move(x));
}

size_t intake::take_pending(intake_sink& out) {
  size_t used_up = 0;
  while (!reading_ && !pending_.empty() && pending_.front()->first() <= next_
         && take(*pending_.front(), out)) {
    pending_.pop_front();
    ++used_up;
  }
  return used_up;
}

bool intake::take(const event_batch& batch, intake_sink& out) {
  const auto& events = batch.events;
  auto before = [](const event_ptr& x, position seq) { return x->seq < seq; };
  for (auto i = std::lower_bound(events.begin(), events.end(), next_, before); i != events.end();
       ++i) {
    if (out.room() == 0)
      return false;
    const auto& x = *i;
    if (matches_envelope(filter_, keys_of(*x)))
      hand_on(x, fed_by_filter_, out);
    else
      out.pass(x->seq);
    next_ = x->seq + 1;
  }
  if (next_ <= batch.last()) {
    out.pass(batch.last());
    next_ = batch.last() + 1;
  }
  return true;
}

/// The event matches but for its payload.
/// @param selected its payload is known to match
void intake::hand_on(const event_ptr& x, bool selected, intake_sink& out) {
  if (selected || matches_payload(filter_.payload, keys_of(*x))) {
    out.offer(x);
    return;
  }
  excluded_ += fed_by_filter_ ? 0 : 1;
  out.pass(x->seq);
}

read_request intake::begin_page(size_t limit) {
  reading_ = true;
  read_request request;
  request.after = next_ - 1;
  request.filter = filter_;
  // Looked at here, as those of live batches, and counted.
  request.filter.payload = {};
  request.limit = limit;
  return request;
}

size_t intake::take_page(const event_page& page, intake_sink& out) {
  reading_ = false;
  see_head(page.head);
  for (const auto& x : page.events)
    hand_on(x, false, out);
  out.pass(page.scanned_to);
  next_ = std::max(next_, page.scanned_to + 1);
  // Batches behind the page need no second look.
  size_t used_up = 0;
  for (; !pending_.empty() && pending_.front()->last() < next_; ++used_up)
    pending_.pop_front();
  return used_up;
}

const event* intake::first_pending() const noexcept {
  if (pending_.empty() || pending_.front()->events.empty())
    return nullptr;
  return pending_.front()->events.front().get();
}

} // namespace carillon
