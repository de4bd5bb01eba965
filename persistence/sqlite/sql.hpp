#pragma once

#include <cstdint>
#include <string_view>

namespace carillon::sqlite {

/// Every statement on the `events.db` of a version before 0.3, of which the log is taken over.
enum class events_query : uint8_t {
  head,
  history,
  scan_up,
  count_,
};

/// Every statement on index.db.
enum class index_query : uint8_t {
  state,
  save_state,
  /// Rows of one segment, see `batch_rows`.
  insert_types,
  insert_companies,
  insert_users,
  insert_correlations,
  type_up,
  type_down,
  company_up,
  company_down,
  user_up,
  user_down,
  correlation_up,
  correlation_down,
  insert_type_name,
  type_names,
  add_zone,
  zone_up,
  zone_down,
  add_count,
  add_total,
  counts,
  totals,
  counters,
  counters_of_type,
  counters_of_company,
  counters_of_both,
  /// Rows, see `batch_rows`.
  insert_ids,
  /// The first key of an id that is not before this one.
  key_at_or_behind,
  /// Positions of one id, company and source.
  same_event,
  /// The first position of an id beyond another, maybe of a company and a source.
  next_with_id,
  /// Positions of an id, maybe of a company.
  all_with_id,
  add_missing,
  /// Where runs of positions begin that the index lacks.
  missing,
  count_missing,
  count_,
};

/// The text of a statement.
std::string_view sql_of(events_query x) noexcept;
std::string_view sql_of(index_query x) noexcept;

} // namespace carillon::sqlite
