#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace carillon {

/// Limits the mails that the events of a company may cause: up to `per_hour` at once, and as many
/// in each hour. Further mails wait. Events without a company are the operator's, and have no
/// limit.
///
/// Any thread. Kept in memory: a restart gives each company a full allowance.
class mail_rates {
public:
  using clock = std::chrono::steady_clock;

  /// @param per_hour 0 = no limit
  explicit mail_rates(size_t per_hour) : per_hour_(per_hour) {
  }

  /// Requests permission for one mail. Returns 0, or how long to wait before the next request:
  /// waiting callers get successive times, at most an hour ahead.
  std::chrono::milliseconds take(const std::string& company, clock::time_point now);

private:
  struct bucket {
    double left = 0;
    clock::time_point at;
    /// Time given to the last waiting caller.
    clock::time_point last_slot;
  };

  void forget_full(clock::time_point now);

  size_t per_hour_;
  std::mutex mutex_;
  std::map<std::string, bucket> buckets_;
};

} // namespace carillon
