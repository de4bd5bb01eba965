#pragma once

#include "base/decimal.hpp"
#include "base/distinct_count.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace carillon {

/// What a definition has measured of one company, hour, group and type. Cells add up, in any order.
struct measure_cell {
  /// Events with a value.
  uint64_t count = 0;
  /// Events whose value could not be measured: no number where one is needed, or one that `decimal`
  /// does not hold.
  uint64_t skipped = 0;
  /// 0 unless a number is needed.
  decimal sum;
  std::optional<decimal> least;
  std::optional<decimal> most;
  /// Empty unless it is wanted.
  distinct_count distinct;
  /// Adds what another cell of the same key has.
  void add(const measure_cell& x);
};

/// Text of a group: empty = the event has none; `*` = of all groups beyond the limit, and of values
/// that are no group; else `=` and the value.
inline constexpr std::string_view other_group = "*";

/// Which cell it is.
struct measure_key {
  uint64_t definition = 0;
  /// Hours since the epoch.
  int64_t hour = 0;
  std::string company_id;
  std::string group;
  std::string type;

  friend bool operator==(const measure_key&, const measure_key&) = default;
  friend bool operator<(const measure_key& a, const measure_key& b) noexcept {
    return std::tie(a.definition, a.hour, a.company_id, a.group, a.type)
           < std::tie(b.definition, b.hour, b.company_id, b.group, b.type);
  }
};

/// Adds to a cell; an effect of the metrics handler.
struct measure_delta {
  measure_key key;
  measure_cell cell;
};

/// Adds up rows of the same cell that are near each other; the store sums up the rest.
void merge_rows(std::vector<measure_delta>& to, std::vector<measure_delta>& from);

/// From this event on, a definition is measured live; an effect of the metrics handler. Of several
/// of a definition the first one counts.
struct measure_began {
  uint64_t definition = 0;
  uint64_t seq = 0;
};

/// Keeps one row per definition.
void merge_rows(std::vector<measure_began>& to, std::vector<measure_began>& from);

} // namespace carillon
