#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon::admin {

/// Rows with the same begin stay on one page. Cuts a full page before its last begin, and returns
/// this begin, in microseconds, for the next page.
/// @param advice what helps if one bucket fills a page
template <class Row>
expected<std::optional<uint64_t>> cut_page(std::vector<Row>& rows, size_t most,
                                           const std::string& advice) {
  if (rows.size() < most)
    return std::optional<uint64_t>{};
  const auto last = rows.back().begin;
  const auto from
    = std::find_if(rows.begin(), rows.end(), [&](const auto& x) { return x.begin == last; });
  if (from == rows.begin())
    return failure{ec::invalid_argument,
                   "one bucket has more than " + std::to_string(most) + " rows; " + advice,
                   "companyId"};
  rows.erase(from, rows.end());
  return std::optional{static_cast<uint64_t>(to_micros(last))};
}

} // namespace carillon::admin
