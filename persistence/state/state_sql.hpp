#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carillon::sql {

/// Parameters of `audited_of`.
inline constexpr size_t audited_at_once = 32;

/// Every statement on data of consumers and operators.
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
  /// Of `audited_at_once` events.
  audited_of,
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
  erase_type,
  types,
  count_,
};

/// The text of a statement.
std::string_view sql_of(state_query x) noexcept;

} // namespace carillon::sql
