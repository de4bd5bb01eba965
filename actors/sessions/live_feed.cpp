#include "actors/sessions/live_feed.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// Events of a page of the log, when the router's batches left a gap.
constexpr size_t gap_page_events = 2'000;

} // namespace

live_feed::live_feed(session_hub_actor::pointer self, sources from, handler to)
  : self_(self), from_(std::move(from)), to_(std::move(to)) {
}

void live_feed::attach() {
  self_->request(from_.feed, store_deadline, atom::attach_v, batch_taker_actor{self_})
    .then(
      [this](position head) {
        attached_ = true;
        next_ = head + 1;
        known_head_ = head;
        to_.on_attached(head);
        go_on();
      },
      [this](const caf::error& reason) { self_->quit(reason); });
}

void live_feed::add(const event_batch_ptr& x) {
  known_head_ = std::max(known_head_, x->last());
  pending_.push_back(x);
  go_on();
}

void live_feed::reach(position head) {
  known_head_ = std::max(known_head_, head);
  go_on();
}

void live_feed::look() {
  if (next_ <= known_head_)
    go_on();
}

void live_feed::go_on() {
  if (reading_ || !attached_)
    return;
  while (!pending_.empty() && pending_.front()->first() <= next_) {
    auto batch = std::move(pending_.front());
    pending_.pop_front();
    if (batch->last() >= next_) {
      std::vector<event_ptr> events;
      for (const auto& x : batch->events)
        if (x->seq >= next_)
          events.push_back(x);
      give(events, batch->last());
    }
    self_->send(from_.feed, atom::acknowledge_v, batch_taker_actor{self_});
  }
  if (next_ <= known_head_ && self_->clock().now() >= pause_until_)
    read_page();
}

void live_feed::give(const std::vector<event_ptr>& events, position to) {
  to_.on_events(events, to);
  next_ = to + 1;
}

void live_feed::read_page() {
  reading_ = true;
  read_request request;
  request.after = next_ - 1;
  request.limit = gap_page_events;
  self_->request(from_.reader, store_deadline, request)
    .then(
      [this](const event_page_ptr& page) {
        reading_ = false;
        known_head_ = std::max(known_head_, page->head);
        if (page->scanned_to >= next_)
          give(page->events, page->scanned_to);
        go_on();
      },
      [this](const caf::error&) {
        reading_ = false;
        pause_until_ = self_->clock().now() + from_.store_pause;
      });
}

} // namespace carillon
