#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// Asks for counts of events per hour or day, type and company. `[from, to)` holds the beginnings
/// of the hours: `from` is rounded down and `to` up to the full hour. Hours and days are of UTC.
struct counters_request {
  /// Only events of this company; empty text: only those without a company.
  std::optional<std::string> company_id;
  std::optional<std::string> type;
  std::optional<timestamp> from;
  std::optional<timestamp> to;
  /// Sums the hours of a day into one row.
  bool by_day = false;
  /// 1–10000.
  size_t limit = 1'000;
};

/// One counter, as `GET /api/metrics` shows it.
struct counter_row {
  /// Begin of the hour or day.
  timestamp begin;
  std::string type;
  std::string company_id;
  uint64_t count = 0;
};

/// The first rows in ascending order of (begin, type, company).
using counter_rows = std::vector<counter_row>;

using counter_rows_ptr = std::shared_ptr<const counter_rows>;

} // namespace carillon
