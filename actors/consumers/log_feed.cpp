#include "actors/consumers/log_feed.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

log_feed::log_feed(links to, event_filter filter, std::function<void()> progress)
  : to_(to), progress_(std::move(progress)), intake_(std::move(filter)) {
}

void log_feed::supply() {
  acknowledge(intake_.take_pending(to_.out));
  // Nothing is pending, or it begins beyond the next position: the log has the events between.
  if (may_read())
    read_page();
}

bool log_feed::may_read() const {
  return intake_.wants_page() && to_.out.room() > 0 && to_.store.over(to_.self->clock().now());
}

void log_feed::read_page() {
  auto request = intake_.begin_page(std::min(to_.out.room(), to_.env.options.page_events));
  to_.self->request(to_.env.reader, store_deadline, request)
    .then([this](const event_page_ptr& page) { on_page(*page); },
          [this](const caf::error& reason) {
            intake_.drop_page();
            to_.store.begin(reason, to_.self->clock().now() + to_.env.options.store_pause);
            progress_();
          });
}

void log_feed::on_page(const event_page& page) {
  to_.store.succeed();
  // Batches after a drain may have been read after it. They belong to the next consumer, which may
  // have another filter.
  if (draining_)
    intake_.drop_page();
  else
    acknowledge(intake_.take_page(page, to_.out));
  progress_();
}

void log_feed::acknowledge(size_t batches) {
  for (; batches > 0; --batches)
    to_.self->send(to_.env.feed, atom::acknowledge_v, batch_taker_actor{to_.self});
}

} // namespace carillon
