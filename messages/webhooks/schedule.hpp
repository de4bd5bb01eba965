#pragma once

#include "base/time.hpp"
#include "messages/webhooks/http_exchange.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace carillon {

// When a webhook's receiver is called again: pure functions and classes of time that the caller
// gives, so that a virtual clock tests them exactly. Not thread-safe.

/// Longest delay that a `Retry-After` can cause.
inline constexpr std::chrono::hours max_retry_after{12};

struct webhook_retry_policy {
  /// Pause before attempt 2, 3, …; there is one attempt more than pauses.
  std::vector<std::chrono::seconds> schedule{std::chrono::seconds{60}, std::chrono::seconds{300},
                                             std::chrono::seconds{900}, std::chrono::seconds{3600},
                                             std::chrono::seconds{14'400}};
};

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

/// Delays a whole endpoint after `slow_down`: 1 s, 2 s, 4 s … 5 min, or what `Retry-After` asks for
/// if that is later. Any success ends it. Verdicts during the pause belong to attempts that began
/// before it: they do not double it, but their `Retry-After` counts.
class endpoint_brake {
public:
  using clock = std::chrono::steady_clock;

  static constexpr std::chrono::seconds first_pause{1};
  static constexpr std::chrono::seconds longest_pause{300};

  /// `now` and `wall_now` are the same moment.
  void slow_down(clock::time_point now, std::string_view retry_after, timestamp wall_now);

  void success() noexcept {
    *this = {};
  }

  /// Handles any verdict: `slow_down` and `success` as above; others change nothing.
  void take_in(webhook_verdict verdict, clock::time_point now, std::string_view retry_after,
               timestamp wall_now);

  /// No attempt may begin earlier; in the past if there is no pause.
  clock::time_point ready_at() const noexcept {
    return until_;
  }

  bool holds(clock::time_point now) const noexcept {
    return now < until_;
  }

private:
  clock::time_point until_ = clock::time_point::min();
  /// Pause after the next `slow_down`.
  std::chrono::seconds pause_ = first_pause;
};

/// Lets `rate` attempts a second begin on average, and max(1, rate) at once after an idle time.
/// Counts in whole nanoseconds, rounded such that the rate is never exceeded.
class token_bucket {
public:
  using clock = std::chrono::steady_clock;

  /// `rate` per second, taken as 0.001 if less and as a million if more. Full at the begin.
  explicit token_bucket(double rate);

  /// The first moment, not before `now`, at which a token can be taken.
  clock::time_point ready_at(clock::time_point now) const noexcept;

  /// Takes a token, even one that is not there yet; the next wait is then longer.
  void take(clock::time_point now) noexcept;

private:
  /// When the bucket was empty, seen from `now`: tokens = (now - empty) / interval.
  clock::time_point empty_at(clock::time_point now) const noexcept;

  /// Time for one token.
  std::chrono::nanoseconds interval_;
  /// Time in which the bucket fills.
  std::chrono::nanoseconds window_;
  clock::time_point empty_ = clock::time_point::min();
};

} // namespace carillon
