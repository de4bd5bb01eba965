#include "actors/webhooks/endpoints/endpoint_feed.hpp"

#include <memory>
#include <utility>

namespace carillon {

endpoint_feed::endpoint_feed(position from, size_t credit)
  : sent_to_{from}, reads_to_{from}, credit_{credit} {
}

void endpoint_feed::drop_known(std::vector<event_ptr>& events) const {
  std::erase_if(events, [this](const auto& x) { return x->seq <= sent_to_; });
}

event_batch_ptr endpoint_feed::next_batch(std::vector<event_ptr> events, position matched_to) {
  if (behind_ || unacknowledged_ >= credit_) {
    behind_ = true;
    return nullptr;
  }
  auto out = batch_of(std::move(events), sent_to_ + 1, matched_to);
  sent_to_ = matched_to;
  return out;
}

event_batch_ptr endpoint_feed::skip(position to) {
  return batch_of({}, 1, to);
}

event_batch_ptr endpoint_feed::batch_of(std::vector<event_ptr> events, position from, position to) {
  auto out = std::make_shared<event_batch>();
  out->events = std::move(events);
  out->covers_from = from;
  out->covers_to = to;
  ++unacknowledged_;
  return out;
}

void endpoint_feed::acknowledge() noexcept {
  if (unacknowledged_ > 0)
    --unacknowledged_;
}

bool endpoint_feed::catch_up(position matched_to) noexcept {
  if (!behind_)
    return false;
  behind_ = false;
  sent_to_ = matched_to;
  reads_to_ = matched_to;
  return true;
}

} // namespace carillon
