#include "actors/consumers/log_feed.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace carillon {

log_feed::log_feed(links to, std::function<void()> progress)
  : to_(to), progress_(std::move(progress)) {
}

void log_feed::supply() {
  acknowledge(to_.in.take_pending(to_.out));
  // Nothing is pending, or it begins beyond the next position: the log has the events between.
  if (may_read())
    read_page();
}

bool log_feed::may_read() const {
  return to_.in.wants_page() && to_.out.room() > 0 && to_.store.over(to_.self->clock().now());
}

void log_feed::read_page() {
  auto request = to_.in.begin_page(std::min(to_.out.room(), to_.env.options.page_events));
  to_.self->request(to_.env.reader, store_deadline, request)
    .then([this](const event_page_ptr& page) { on_page(*page); },
          [this](const caf::error& reason) {
            to_.in.drop_page();
            to_.store.begin(reason, to_.self->clock().now() + to_.env.options.store_pause);
            progress_();
          });
}

void log_feed::on_page(const event_page& page) {
  to_.store.succeed();
  // Batches after a drain may have been read after it. They belong to the next consumer, which may
  // have another filter.
  if (draining_)
    to_.in.drop_page();
  else
    acknowledge(to_.in.take_page(page, to_.out));
  progress_();
}

void log_feed::acknowledge(size_t batches) {
  if (const auto excluded = to_.in.take_excluded(); excluded > 0 && to_.env.stats != nullptr)
    to_.env.stats->filtered_by_consumers.fetch_add(excluded, std::memory_order_relaxed);
  for (; batches > 0; --batches)
    to_.self->send(to_.env.feed, atom::acknowledge_v, batch_taker_actor{to_.self});
}

} // namespace carillon
