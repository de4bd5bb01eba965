#include "actors/consumer.hpp"

#include <algorithm>

// How events come in: live batches while they join up, pages of the log otherwise. Positions alone
// decide: an event is taken if it is the next one, so that nothing is missed or taken twice.

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
  // Either nothing is pending or it begins beyond the next position: the log has what is between.
  if (next_ <= known_head_ && room() > 0 && self_->clock().now() >= pause_until_)
    read_page();
}

bool consumer_state::take(const event_batch& batch) {
  while (next_ <= batch.last()) {
    if (room() == 0)
      return false;
    const auto& x = batch.events[next_ - batch.first()];
    if (matches(spec_->filter, *x)) {
      window_->offer(x);
      ++uncommitted_;
      worked_since_commit_ = true;
    } else {
      window_->pass(next_);
    }
    ++next_;
  }
  return true;
}

void consumer_state::acknowledge() {
  self_->send(env_.router, atom::acknowledge_v, consumer_actor{self_});
}

void consumer_state::read_page() {
  reading_ = true;
  read_request request;
  request.after = next_ - 1;
  request.filter = spec_->filter;
  request.limit = std::min(room(), env_.options.page_events);
  self_->request(env_.reader, caf::infinite, request)
    .then(
      [this](const event_page_ptr& page) {
        reading_ = false;
        on_page(*page);
        pump();
      },
      [this](const caf::error& reason) {
        reading_ = false;
        last_error_ = to_failure(reason).detail;
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
  // What is behind the page by now needs no second look.
  while (!pending_.empty() && pending_.front()->last() < next_) {
    pending_.pop_front();
    acknowledge();
  }
}

} // namespace carillon
