#include "messages/telemetry.hpp"

#include "messages/webhooks/schedule.hpp"

#include <algorithm>

namespace carillon {

void latency_histogram::record(std::chrono::nanoseconds x) noexcept {
  auto us = static_cast<uint64_t>(
    std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(x).count()));
  auto slot = std::lower_bound(bounds_us.begin(), bounds_us.end(), us) - bounds_us.begin();
  counts[static_cast<size_t>(slot)].fetch_add(1, std::memory_order_relaxed);
  sum_us.fetch_add(us, std::memory_order_relaxed);
}

size_t webhook_outcome(const http_response& x) noexcept {
  // The names of verdicts come first, those of faults in the order of the enumeration.
  constexpr size_t verdicts = 4;
  if (x.fault != http_fault::none)
    return verdicts + static_cast<size_t>(x.fault) - 1;
  switch (verdict_of(x)) {
  case webhook_verdict::success:
    return 0;
  case webhook_verdict::gone:
    return 2;
  case webhook_verdict::slow_down:
    return 3;
  case webhook_verdict::retry:
    break;
  }
  return 1;
}

job_counters::row& job_counters::of(const std::string& queue) {
  std::lock_guard guard{mutex_};
  return rows_[queue];
}

size_t session_close_slot(uint16_t code) noexcept {
  const auto* found = std::find(session_close_codes.begin(), session_close_codes.end(), code);
  return found == session_close_codes.end()
           ? 0
           : static_cast<size_t>(found - session_close_codes.begin());
}

} // namespace carillon
