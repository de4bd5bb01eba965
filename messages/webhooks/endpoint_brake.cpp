#include "messages/webhooks/endpoint_brake.hpp"

#include <algorithm>

namespace carillon {

void endpoint_brake::slow_down(clock::time_point now, std::string_view retry_after,
                               timestamp wall_now) {
  if (!holds(now)) {
    until_ = now + pause_;
    pause_ = std::min(pause_ * 2, longest_pause);
  }
  if (const auto asked = retry_after_of(retry_after, wall_now))
    until_ = std::max(until_, now + *asked);
}

void endpoint_brake::take_in(webhook_verdict verdict, clock::time_point now,
                             std::string_view retry_after, timestamp wall_now) {
  if (verdict == webhook_verdict::slow_down)
    slow_down(now, retry_after, wall_now);
  else if (verdict == webhook_verdict::success)
    success();
}

} // namespace carillon
