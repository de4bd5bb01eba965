#include "base/token_bucket.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace carillon {

token_bucket::token_bucket(double rate) {
  constexpr double least = 0.001;
  constexpr double most = 1e6;
  rate = rate > least ? std::min(rate, most) : least;
  interval_ = std::chrono::nanoseconds{static_cast<int64_t>(std::ceil(1e9 / rate))};
  const auto burst = std::max(1.0, rate);
  window_ = std::chrono::nanoseconds{
    static_cast<int64_t>(std::ceil(static_cast<double>(interval_.count()) * burst))};
}

token_bucket::clock::time_point token_bucket::empty_at(clock::time_point now) const noexcept {
  return std::max(empty_, now - window_);
}

token_bucket::clock::time_point token_bucket::ready_at(clock::time_point now) const noexcept {
  return std::max(now, empty_at(now) + interval_);
}

void token_bucket::take(clock::time_point now) noexcept {
  empty_ = empty_at(now) + interval_;
}

} // namespace carillon
