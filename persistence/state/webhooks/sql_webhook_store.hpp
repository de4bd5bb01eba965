#pragma once

#include "persistence/state/consumers/consumer_table.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"
#include "persistence/state/webhooks/delivery_table.hpp"
#include "persistence/state/webhooks/secret_table.hpp"
#include "persistence/state/webhooks/webhook_store.hpp"
#include "persistence/state/webhooks/webhook_table.hpp"

namespace carillon::sql {

/// Webhooks and their secrets, in SQL.
class sql_webhook_store final : public webhook_store {
public:
  sql_webhook_store(state_connection& db, audit_trail& audit, delivery_table& deliveries)
    : db_(db), audit_(audit), deliveries_(deliveries), table_(db), secrets_(db), consumers_(db) {
  }

  expected<webhook> insert(const create_webhook& x, timestamp now) override;
  expected<webhook> update(const update_webhook& x, timestamp now) override;
  expected<webhook> enable(const enable_webhook& x, timestamp now) override;
  expected<void> remove(const delete_webhook& x, timestamp now) override;
  expected<void> add_secret(const add_webhook_secret& x, timestamp now) override;
  expected<webhook_with_secrets> get(const get_webhook& x) override;
  expected<webhook_page> list(const list_webhooks& x) override;
  expected<void> note_idle(const note_webhook_idle& x) override;

private:
  state_connection& db_;
  audit_trail& audit_;
  delivery_table& deliveries_;
  webhook_table table_;
  secret_table secrets_;
  consumer_table consumers_;
};

} // namespace carillon::sql
