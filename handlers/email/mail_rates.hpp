#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace carillon {

/// How many mails the events of a company may cause: as many as `per_hour` at once, and as many in
/// each hour. What is beyond waits. Events of no company are the operator's, and have no limit.
///
/// Any thread. Known since the start only: a restart gives each company a new hour.
class mail_rates {
public:
  using clock = std::chrono::steady_clock;

  /// @param per_hour 0 = no limit
  explicit mail_rates(size_t per_hour) : per_hour_(per_hour) {
  }

  /// Takes leave for one mail. Answers 0, or how long to wait before asking again: those that wait
  /// are told moments one after the other, an hour ahead at most.
  std::chrono::milliseconds take(const std::string& company, clock::time_point now);

private:
  struct bucket {
    double left = 0;
    clock::time_point at;
    /// Whoever was told to wait last comes back then.
    clock::time_point last_slot;
  };

  void forget_full(clock::time_point now);

  size_t per_hour_;
  std::mutex mutex_;
  std::map<std::string, bucket> buckets_;
};

} // namespace carillon
