#pragma once

#include "messages/records.hpp"
#include "messages/state_requests.hpp"
#include "tests/support/events.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace carillon::test {

/// What the fake actors behind an admin port know and were asked. Locked by whoever
/// touches it.
struct admin_data {
  std::mutex mutex;
  /// Requests are never answered while it is set.
  std::atomic<bool> silent{false};
  /// Only changes are never answered.
  std::atomic<bool> silent_changes{false};
  /// Changes fail while it is set.
  std::atomic<bool> broken{false};

  std::vector<event_ptr> events;
  consumer_statuses consumers;
  std::map<std::string, std::vector<retry_row>> retries;
  std::vector<dead_letter> letters;
  std::vector<audit_row> audit;
  std::vector<metric_row> metrics;
  std::vector<replay_record> replays;
  api_keys keys;
  registered_types types;
  stats_result stats;
  std::optional<uint64_t> first_bad;

  // What was asked last.
  query_request query;
  stats_request stats_asked;
  query_metrics metrics_asked;
  list_request list_asked;
  std::vector<operator_stamp> stamps;
  size_t verify_calls = 0;
  size_t handled = 0;

  /// Pages a list whose items have numbers, newest first unless ascending.
  template <class T, class Number>
  page_of<T> page(std::vector<T> items, const list_request& x, Number number) {
    list_asked = x;
    auto before = [&](const T& a, const T& b) {
      return x.ascending ? number(a) < number(b) : number(a) > number(b);
    };
    std::sort(items.begin(), items.end(), before);
    page_of<T> out;
    for (const auto& item : items) {
      auto n = number(item);
      if (x.beyond && (x.ascending ? n <= *x.beyond : n >= *x.beyond))
        continue;
      if (out.items.size() == x.limit) {
        out.next = number(out.items.back());
        break;
      }
      out.items.push_back(item);
    }
    return out;
  }
};

} // namespace carillon::test
