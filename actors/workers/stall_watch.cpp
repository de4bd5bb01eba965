#include "actors/workers/stall_watch.hpp"

#include "messages/codec/catalogue/consumer.hpp"
#include "messages/codec/described.hpp"

#include <string>
#include <utility>

namespace carillon {

void stall_watch::set_alone(bool alone, timestamp wall, clock::time_point now) {
  if (alone == alone_since_.has_value())
    return;
  alone_since_.reset();
  due_.reset();
  if (!alone)
    return;
  alone_since_ = wall;
  if (after_)
    due_ = now + *after_;
}

bool stall_watch::look(clock::time_point now) {
  if (!due_ || *due_ > now)
    return false;
  due_ = now + *after_;
  return true;
}

draft_ptr stall_watch::report(const remote_consumer& of, const consumer_status& x) {
  if (!due_ || x.lag == 0 || x.paused)
    return nullptr;
  due_.reset();
  consumer_stalled event;
  event.company_id = of.company_id.value_or(std::string{});
  event.consumer = of.name;
  event.lag = static_cast<int64_t>(x.lag);
  event.alone_since = *alone_since_;
  publish_options options;
  options.id = "stalled/" + event.consumer + '/' + std::to_string(to_micros(*alone_since_));
  options.source = "/carillon/consumers";
  auto draft = make_draft(event, options);
  return draft ? std::move(*draft) : nullptr;
}

} // namespace carillon
