#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>

namespace carillon {

/// Adds to a counter; the metrics handler's effect.
struct counter_delta {
  /// Begin of the hour.
  timestamp hour;
  std::string type;
  std::string company_id;
  uint64_t add = 0;
};

/// One counter as `GET /api/metrics` shows it.
struct metric_row {
  timestamp begin;
  std::string type;
  std::string company_id;
  uint64_t count = 0;
};

} // namespace carillon
