#pragma once

#include <cstdint>
#include <string_view>

namespace carillon::sqlite {

/// Every statement on events.db.
enum class log_query : uint8_t {
  insert_event,
  first_with_id,
  head,
  /// The first position that still exists.
  first,
  event_at,
  event_by_id,
  events_by_id_up,
  events_by_id_down,
  scan_up,
  scan_down,
  keys_after,
  count_,
};

/// Every statement on index.db.
enum class index_query : uint8_t {
  state,
  save_state,
  insert_type,
  insert_company,
  insert_user,
  insert_correlation,
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
  count_,
};

/// The text of a statement.
std::string_view sql_of(log_query x) noexcept;
std::string_view sql_of(index_query x) noexcept;

} // namespace carillon::sqlite
