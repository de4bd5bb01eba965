#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace carillon {

/// A histogram of durations with fixed bounds. Thread-safe, wait-free.
class latency_histogram {
public:
  /// Upper bounds in microseconds; a last bucket takes the rest.
  static constexpr std::array<uint64_t, 15> bounds_us{
    50,     100,    250,     500,     1'000,   2'500,     5'000,    10'000,
    25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 5'000'000};

  /// Counts one duration.
  void record(std::chrono::nanoseconds x) noexcept;

  std::array<std::atomic<uint64_t>, bounds_us.size() + 1> counts{};
  std::atomic<uint64_t> sum_us{0};
};

} // namespace carillon
