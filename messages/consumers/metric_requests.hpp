#pragma once

#include "messages/consumers/counter.hpp"
#include "messages/request.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about counts of events.

using metric_rows = std::vector<metric_row>;

/// Counts of events per hour or day. `[from, to)` holds the beginnings of the hours.
struct query_metrics {
  using answer = metric_rows;
  std::optional<std::string> company_id;
  std::optional<std::string> type;
  std::optional<timestamp> from;
  std::optional<timestamp> to;
  /// Sums the hours of a day into one row.
  bool by_day = false;
  /// 1–10000, ascending by (begin, type, company).
  size_t limit = 1'000;
};

/// Requests about counts of events that the state actor answers.
using metric_requests = request_list<query_metrics>;

} // namespace carillon
