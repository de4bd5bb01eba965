#pragma once

#include "persistence/state/consumers/consumer_table.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"
#include "persistence/state/webhooks/delivery_store.hpp"
#include "persistence/state/webhooks/delivery_table.hpp"
#include "persistence/state/webhooks/webhook_table.hpp"

namespace carillon::sql {

/// Deliveries of webhooks, in SQL.
class sql_delivery_store final : public delivery_store {
public:
  sql_delivery_store(state_connection& db, audit_trail& audit)
    : db_(db), audit_(audit), table_(db), webhooks_(db), consumers_(db) {
  }

  /// Shared with other stores, since it counts.
  delivery_table& table() noexcept {
    return table_;
  }

  expected<webhook_delivery_page> list(const list_webhook_deliveries& x) override;
  expected<webhook_delivery_history> get(const get_webhook_delivery& x) override;
  expected<retry_row> resend(const resend_webhook_delivery& x, timestamp now) override;
  expected<recovered_rows> recover(const recover_webhook& x, timestamp now) override;
  expected<uint64_t> trim(const trim_webhook_deliveries& x) override;

private:
  /// The deliveries from the request's cursor on, by the index that fits best.
  rows rows_of(const list_webhook_deliveries& x);
  retry_row make_due(const numbered_delivery& found, timestamp now);

  state_connection& db_;
  audit_trail& audit_;
  delivery_table table_;
  webhook_table webhooks_;
  consumer_table consumers_;
};

} // namespace carillon::sql
