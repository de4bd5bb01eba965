#pragma once

#include "actors/consumers/delivery_window.hpp"

#include <chrono>

namespace carillon::test {

using namespace std::chrono_literals;

/// When the tests of the window begin.
inline constexpr timestamp t0 = from_micros(1'000'000'000);

inline consumer_policy policy_of(delivery_order order, uint32_t attempts = 3, size_t window = 8) {
  consumer_policy out;
  out.order = order;
  out.max_attempts = attempts;
  out.retry_schedule = {1s, 10s};
  out.window = window;
  return out;
}

} // namespace carillon::test
