#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carillon {

/// Adds to a counter; the metrics handler's effect.
struct counter_delta {
  /// Begin of the hour.
  timestamp hour;
  std::string type;
  std::string company_id;
  uint64_t add = 0;
};

/// Adds rows of the same counter up, if they are near each other: neighbours mostly count into the
/// same row, and the store sums up the rest.
void merge_rows(std::vector<counter_delta>& to, std::vector<counter_delta>& from);

/// One counter as `GET /api/metrics` shows it.
struct metric_row {
  timestamp begin;
  std::string type;
  std::string company_id;
  uint64_t count = 0;
};

} // namespace carillon
