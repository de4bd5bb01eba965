#pragma once

#include "messages/bounds.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::data {

/// The names of queues that callers added jobs to, or that have jobs which wait, run or are dead:
/// a bound that companies share. A queue is there as soon as it is named, so names cost memory and
/// lists grow with them. A name belongs to the company that brought it, until its jobs have ended.
/// Thread-safe.
class queue_names {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A name without jobs is kept for this time from its last use: a job may be on its way.
  static constexpr std::chrono::minutes unused{5};
  /// Between two looks into the store while names are refused.
  static constexpr std::chrono::seconds between_looks{10};

  explicit queue_names(bound_ptr places);
  queue_names(const queue_names&) = delete;
  queue_names& operator=(const queue_names&) = delete;
  ~queue_names() = default;

  /// A job of this company is to be added to the queue. Errors: `quota_exceeded`, `overloaded` (it
  /// would be one more name).
  expected<void> use(const std::string& queue, const std::string& company, time_point now);

  /// Whether the caller should read which queues have jobs, and call `refresh`: before the first
  /// use, and now and then while names are refused. True for one caller at a time.
  bool claim_look(bool refused, time_point now);

  /// Forgets names that have no jobs, and were not used lately; learns those that have.
  void refresh(const std::vector<std::string>& with_jobs, time_point now);

private:
  struct entry {
    bound_lease place;
    time_point used_at;
  };

  mutable std::mutex mutex_;
  bound_ptr places_;
  std::map<std::string, entry, std::less<>> names_;
  bool looked_ = false;
  time_point looked_at_;
};

} // namespace carillon::data
