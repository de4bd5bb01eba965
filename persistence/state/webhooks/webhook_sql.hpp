#pragma once

#include <cstdint>
#include <string_view>

namespace carillon::sql {

/// Every statement on the tables of webhooks in state.db.
enum class webhook_query : uint8_t {
  insert_webhook,
  update_webhook,
  set_disabled,
  erase_webhook,
  webhook_by_id,
  webhook_exists,
  webhooks,
  webhooks_down,
  webhooks_of_company,
  webhooks_of_company_down,
  insert_activity,
  wake,
  wake_after_sleep,
  put_to_sleep,
  set_failing,
  erase_activity,
  insert_secret,
  limit_secrets,
  erase_expired_secrets,
  count_secrets,
  erase_secrets,
  secrets,
  erase_consumer,
  erase_retries,
  erase_dead_letters,
  erase_dead_letter_of_delivery,
  record_delivery,
  delivery_by_key,
  give_up_deliveries,
  set_retrying,
  erase_delivery,
  count_deliveries,
  deliveries,
  deliveries_of_event,
  deliveries_of_webhook,
  deliveries_of_webhook_in_state,
  deliveries_of_both,
  failed_deliveries,
  oldest_deliveries,
  put_attempt,
  attempts,
  erase_attempts,
  note_node_key,
  replace_node_key,
  node_key,
  count_,
};

/// The text of a statement.
std::string_view sql_of(webhook_query x) noexcept;

} // namespace carillon::sql
