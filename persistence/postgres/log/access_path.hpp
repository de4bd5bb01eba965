#pragma once

#include "messages/events/filter.hpp"
#include "persistence/postgres/sql_text.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::postgres {

/// A range of positions, both inclusive; empty if `low > high`.
struct segment {
  position low = 1;
  position high = 0;
};

/// The way to the events that match a filter: an index, its parts to walk, and the conditions
/// checked on each event. Within a part, events are in the order of the log.
struct access_path {
  /// Leading columns of the index, before `seq`; empty for the primary key.
  std::vector<std::string> columns;
  /// Values of these columns, for each part.
  std::vector<std::vector<std::string>> parts;
  /// Conditions that the index does not cover.
  event_filter rest;

  /// The path that scans every event.
  static access_path along_log(const event_filter& filter);
};

/// Chooses the path. If the filter names subtrees, queries the present types: types that enter the
/// log later are not on the path. Throws.
access_path choose_path(connection& db, const event_filter& filter);

/// The condition that an event is in a part of the path, and within a range.
void add_range(sql_text& sql, const access_path& path, size_t part, const segment& x);

/// The order of a part: `ORDER BY …`
void add_order(sql_text& sql, const access_path& path, bool descending);

/// The conditions of a filter, beginning with `before` if there are any.
void add_conditions(sql_text& sql, const event_filter& x, std::string_view before);

} // namespace carillon::postgres
