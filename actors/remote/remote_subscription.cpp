#include "actors/remote/remote_subscription.hpp"

#include "messages/codec/codec.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

remote_subscription::remote_subscription(subscription_name consumer, event_filter filter,
                                         size_t credit, remote_link_ptr link, bound_lease place)
  : consumer_(std::move(consumer)), filter_(std::move(filter)), credit_(credit),
    link_(std::move(link)), place_(std::move(place)) {
}

void remote_subscription::begin(position cursor, uint64_t generation) noexcept {
  generation_ = generation;
  begun_ = true;
  cursor_ = cursor;
  sent_to_ = cursor;
}

size_t remote_subscription::room() const noexcept {
  return events_ >= credit_ || bytes_ >= window_bytes ? 0 : credit_ - events_;
}

read_request remote_subscription::next_page() const {
  read_request out;
  out.after = sent_to_;
  out.filter = filter_;
  out.limit = std::min(room(), page_events);
  out.bytes = page_bytes;
  return out;
}

void remote_subscription::send(const std::vector<event_ptr>& events, position up_to) {
  sent_to_ = std::max(sent_to_, up_to);
  if (events.empty())
    return;
  sent entry{up_to, events.size(), 0};
  for (const auto& x : events)
    entry.bytes += json_of(*x).size();
  events_ += entry.events;
  bytes_ += entry.bytes;
  unacknowledged_.push_back(entry);
  link_->send(events, up_to);
}

bool remote_subscription::offer(const event_batch& x) {
  if (x.last() <= sent_to_)
    return true;
  if (!begun_ || reading || x.first() > sent_to_ + 1)
    return false;
  std::vector<event_ptr> mine;
  for (const auto& event : x.events)
    if (event->seq > sent_to_ && matches(filter_, *event))
      mine.push_back(event);
  if (mine.size() > std::min(room(), page_events))
    return false;
  send(mine, x.last());
  return true;
}

expected<void> remote_subscription::acknowledge(position up_to) {
  if (up_to > sent_to_)
    return failure{ec::invalid_argument, "position " + std::to_string(up_to) + " was not sent yet",
                   "up_to"};
  while (!unacknowledged_.empty() && unacknowledged_.front().up_to <= up_to) {
    events_ -= unacknowledged_.front().events;
    bytes_ -= unacknowledged_.front().bytes;
    unacknowledged_.pop_front();
  }
  return {};
}

void remote_subscription::committed(position x) noexcept {
  cursor_ = std::max(cursor_, x);
}

} // namespace carillon
