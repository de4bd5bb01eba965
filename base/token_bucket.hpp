#pragma once

#include <chrono>

namespace carillon {

/// Lets `rate` attempts a second begin on average, and max(1, rate) at once after an idle time.
/// Counts in whole nanoseconds, rounded such that the rate is never exceeded. Time is given by the
/// caller. Not thread-safe.
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
