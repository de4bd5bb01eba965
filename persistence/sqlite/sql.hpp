#pragma once

#include <cstdint>
#include <string_view>

namespace carillon::sqlite {

/// Every statement on events.db.
enum class log_query : uint8_t {
  insert_event,
  first_with_id,
  head,
  /// The first position that is still there.
  first,
  event_at,
  event_by_source_and_id,
  event_by_id,
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

/// Every statement on state.db.
enum class state_query : uint8_t {
  insert_consumer,
  consumer,
  consumers,
  consumer_cursor,
  furthest_cursor,
  move_cursor,
  move_cursor_and_error,
  count_dead_letters,
  set_paused,
  retries,
  retry_summary,
  failures_of_event,
  upsert_retry,
  erase_retry,
  insert_dead_letter,
  dead_letter,
  erase_dead_letter,
  dead_letters,
  dead_letters_down,
  dead_letters_of_consumer,
  dead_letters_of_consumer_down,
  dead_letters_of_company,
  dead_letters_of_company_down,
  dead_letters_of_both,
  dead_letters_of_both_down,
  audit_head,
  save_audit_head,
  insert_audit,
  is_audited,
  audit_hash,
  audit,
  audit_down,
  audit_of_action,
  audit_of_action_down,
  audit_of_company,
  audit_of_company_down,
  audit_of_both,
  audit_of_both_down,
  add_metric,
  metrics,
  metrics_of_type,
  metrics_of_company,
  metrics_of_both,
  insert_replay,
  update_replay,
  replay,
  running_replays,
  replays,
  replays_down,
  replays_of_company,
  replays_of_company_down,
  insert_key,
  key,
  erase_key,
  keys,
  put_type,
  types,
  count_,
};

/// The text of a statement.
std::string_view sql_of(log_query x) noexcept;
std::string_view sql_of(index_query x) noexcept;
std::string_view sql_of(state_query x) noexcept;

} // namespace carillon::sqlite
