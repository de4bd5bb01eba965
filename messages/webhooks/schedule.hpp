#pragma once

#include "base/time.hpp"
#include "messages/webhooks/http_exchange.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace carillon {

// When a webhook's receiver is called again: pure functions of time that the caller gives, so that
// a virtual clock tests them exactly. Any thread.

/// Longest delay that a `Retry-After` can cause.
inline constexpr std::chrono::hours max_retry_after{12};

/// When a failed delivery is tried again.
struct webhook_retry_policy {
  /// Pause before attempt 2, 3, …; there is one attempt more than pauses.
  std::vector<std::chrono::seconds> schedule{std::chrono::seconds{60}, std::chrono::seconds{300},
                                             std::chrono::seconds{900}, std::chrono::seconds{3600},
                                             std::chrono::seconds{14'400}};
};

/// What a response means for the delivery and its endpoint.
enum class webhook_verdict : uint8_t {
  /// 2xx.
  success,
  /// Every fault and every other status: 3xx is never followed, and a client error may be the
  /// receiver's mistake of the day.
  retry,
  /// 410: the receiver wants no more events.
  gone,
  /// 429, 502, 503, 504: like `retry`, and the whole endpoint is slowed down.
  slow_down,
};

/// The verdict on a response, or on the fault that prevented one.
webhook_verdict verdict_of(const http_response& x) noexcept;

/// Delay that a `Retry-After` (RFC 9110 section 10.2.3: seconds, or an HTTP-date) asks for, from 0
/// to `max_retry_after`; empty if there is none or it is malformed. Rounded up to milliseconds.
std::optional<std::chrono::milliseconds> retry_after_of(std::string_view text, timestamp now);

/// The pause after attempt number `attempt` (≥ 1) failed: its place in the schedule, plus `random`
/// (0 ≤ random < 1) of a tenth of it, or what `Retry-After` asks for, whichever is later. Empty
/// after the last attempt.
std::optional<std::chrono::milliseconds> delay_of(const webhook_retry_policy& policy,
                                                  uint32_t attempt, std::string_view retry_after,
                                                  timestamp now, double random);

} // namespace carillon
