#pragma once

#include "messages/webhooks/schedule.hpp"

#include <chrono>
#include <string_view>

namespace carillon {

/// Delays a whole endpoint after `slow_down`: 1 s, 2 s, 4 s … 5 min, or what `Retry-After` asks for
/// if that is later. Any success ends it. Verdicts during the pause belong to attempts that began
/// before it: they do not double it, but their `Retry-After` counts. Time is given by the caller.
/// Not thread-safe.
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

} // namespace carillon
