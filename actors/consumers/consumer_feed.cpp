#include "actors/consumers/consumer.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>

// How events come in: live batches while they are contiguous, pages of the log otherwise. Only
// positions decide: an event is accepted if it is the next one, so no event is missed or accepted
// twice.

namespace carillon {

size_t consumer_state::room() const {
  if (draining_ || paused_ || uncommitted_ >= env_.options.uncommitted_events)
    return 0;
  return window_->room();
}

void consumer_state::feed() {
  if (reading_)
    return;
  while (!pending_.empty() && pending_.front()->first() <= next_) {
    if (!take(*pending_.front()))
      return;
    pending_.pop_front();
    acknowledge();
  }
  // Nothing is pending, or it begins beyond the next position: the log has the events between.
  if (next_ <= known_head_ && room() > 0 && self_->clock().now() >= pause_until_)
    read_page();
}

bool consumer_state::take(const event_batch& batch) {
  const auto& events = batch.events;
  auto before = [](const event_ptr& x, position seq) { return x->seq < seq; };
  for (auto i = std::lower_bound(events.begin(), events.end(), next_, before); i != events.end();
       ++i) {
    if (room() == 0)
      return false;
    const auto& x = *i;
    if (matches(spec_->filter, *x)) {
      window_->offer(x);
      ++uncommitted_;
      worked_since_commit_ = true;
    } else {
      window_->pass(x->seq);
    }
    next_ = x->seq + 1;
  }
  if (next_ <= batch.last()) {
    window_->pass(batch.last());
    next_ = batch.last() + 1;
  }
  return true;
}

void consumer_state::acknowledge() {
  self_->send(env_.feed, atom::acknowledge_v, batch_taker_actor{self_});
}

void consumer_state::read_page() {
  reading_ = true;
  read_request request;
  request.after = next_ - 1;
  request.filter = spec_->filter;
  request.limit = std::min(room(), env_.options.page_events);
  self_->request(env_.reader, store_deadline, request)
    .then(
      [this](const event_page_ptr& page) {
        reading_ = false;
        store_error_.clear();
        // Batches after a drain may have been read after it. They belong to the next consumer,
        // which may have another filter.
        if (!draining_)
          on_page(*page);
        pump();
      },
      [this](const caf::error& reason) {
        reading_ = false;
        store_error_ = to_failure(reason).detail;
        pause_until_ = self_->clock().now() + env_.options.store_pause;
        pump();
      });
}

void consumer_state::on_page(const event_page& page) {
  known_head_ = std::max(known_head_, page.head);
  for (const auto& x : page.events) {
    window_->offer(x);
    ++uncommitted_;
    worked_since_commit_ = true;
  }
  window_->pass(page.scanned_to);
  next_ = std::max(next_, page.scanned_to + 1);
  // Batches behind the page need no second look.
  while (!pending_.empty() && pending_.front()->last() < next_) {
    pending_.pop_front();
    acknowledge();
  }
}

} // namespace carillon
