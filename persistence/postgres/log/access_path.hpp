#pragma once

#include "messages/events/filter.hpp"
#include "persistence/postgres/sql_text.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::postgres {

/// A range of positions, both inclusive; empty if `low > high`.
struct stretch {
  position low = 1;
  position high = 0;
};

/// How the events that match a filter are found: an index, the parts of it that are walked, and
/// what is checked of each event on the way. Within a part, events are in the order of the log.
struct access_path {
  /// What leads the index, before `seq`; empty for the primary key.
  std::vector<std::string> columns;
  /// Values of these columns, for each part.
  std::vector<std::vector<std::string>> parts;
  /// What the index does not answer for.
  event_filter rest;

  /// The path that looks at every event.
  static access_path along_log(const event_filter& filter);
};

/// Chooses the path. Asks for the types that there are if the filter names subtrees: types that
/// come into the log later are not on it. Throws.
access_path choose_path(connection& db, const event_filter& filter);

/// The condition that an event is of a part of the path, and within a stretch.
void add_range(sql_text& sql, const access_path& path, size_t part, const stretch& x);

/// How a part is walked: `ORDER BY …`
void add_order(sql_text& sql, const access_path& path, bool descending);

/// The conditions of a filter, beginning with `before` if there are any.
void add_conditions(sql_text& sql, const event_filter& x, std::string_view before);

} // namespace carillon::postgres
