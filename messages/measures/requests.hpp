#pragma once

#include "messages/access/operator_stamp.hpp"
#include "messages/measures/cell.hpp"
#include "messages/measures/definition.hpp"
#include "messages/measures/measure_book.hpp"
#include "messages/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about measures. A definition is named by its company (empty = of
// none) and its name.

/// All definitions, by company and name.
struct list_measures {
  using answer = measure_list_ptr;
};

/// Makes a definition, or replaces one: what the former one measured is forgotten. The same
/// definition again changes nothing. Errors: `quota_exceeded`, `overloaded` (there are as many as
/// there may be).
struct put_measure {
  using answer = measure_record;
  measure_definition definition;
  operator_stamp by;
};

/// Deletes a definition and what it measured. Errors: `not_found`.
struct delete_measure {
  using answer = void;
  std::string company_id;
  std::string name;
  operator_stamp by;
};

/// Asks for the events before the live ones; the same again changes nothing. Errors: `not_found`,
/// `conflict` (it was asked for another time).
struct begin_backfill {
  using answer = measure_record;
  std::string company_id;
  std::string name;
  /// Events of this time and later, rounded down to the hour; empty = all.
  std::optional<timestamp> since;
  operator_stamp by;
};

/// Adds what the events of `(from, to]` measure, once: together with how far the backfill is.
/// Errors: `conflict` (the backfill is not at `from`, may not go so far yet, or is gone).
struct commit_backfill {
  using answer = void;
  uint64_t definition = 0;
  position from = 0;
  position to = 0;
  std::vector<measure_delta> deltas;
};

/// Deletes some of what definitions have measured that are gone. Answers whether there is more.
struct trim_measures {
  using answer = bool;
};

/// One row of a series.
struct measure_row {
  timestamp begin;
  std::string company_id;
  /// See `other_group`.
  std::string group;
  std::string type;
  measure_cell cell;
};

/// Part of a series.
struct measure_series {
  measure_definition definition;
  /// Ascending by (begin, company, group, type).
  std::vector<measure_row> rows;
};

using measure_series_ptr = std::shared_ptr<const measure_series>;

/// What a definition measured per hour or day, `[from, to)` of the beginnings of the hours, as in
/// `counters_request`. Errors: `not_found`.
struct query_measures {
  using answer = measure_series_ptr;
  std::string name;
  /// Only of this company, by its own definition of the name or else by that of no company.
  std::optional<std::string> company_id;
  std::optional<timestamp> from;
  std::optional<timestamp> to;
  bool by_day = false;
  /// 1–10000.
  size_t limit = 1'000;
};

/// Changes of definitions, which the MEASURE KEEPER makes.
using measure_changes = request_list<put_measure, delete_measure, begin_backfill>;

/// All requests about measures that the state actor answers.
using measure_requests = request_list<list_measures, put_measure, delete_measure, begin_backfill,
                                      commit_backfill, trim_measures, query_measures>;

} // namespace carillon
