#include "messages/latency_histogram.hpp"

#include <algorithm>

namespace carillon {

void latency_histogram::record(std::chrono::nanoseconds x) noexcept {
  auto us = static_cast<uint64_t>(
    std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(x).count()));
  auto slot = std::lower_bound(bounds_us.begin(), bounds_us.end(), us) - bounds_us.begin();
  counts[static_cast<size_t>(slot)].fetch_add(1, std::memory_order_relaxed);
  sum_us.fetch_add(us, std::memory_order_relaxed);
}

} // namespace carillon
