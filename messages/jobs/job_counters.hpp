#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace carillon {

/// Outcomes of job attempts, as the metrics name them.
enum class job_end : uint8_t { done, failed, hopeless, timeout, unavailable };

inline constexpr std::array<std::string_view, 5> job_ends{"done", "failed", "hopeless", "timeout",
                                                          "unavailable"};

/// Attempts of jobs, by queue. Thread-safe. Queues are few and never removed.
class job_counters {
public:
  /// By `job_end`.
  using row = std::array<std::atomic<uint64_t>, job_ends.size()>;

  /// Counters of a queue; valid as long as this.
  row& of(const std::string& queue);

  /// Calls `fn(queue, row)` for each, by name.
  template <class F>
  void each(F fn) const {
    std::lock_guard guard{mutex_};
    for (const auto& [queue, counts] : rows_)
      fn(queue, counts);
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, row> rows_;
};

} // namespace carillon
