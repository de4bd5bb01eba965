#pragma once

#include "persistence/state/consumers/consumer_table.hpp"
#include "persistence/state/consumers/remote_consumer_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"

namespace carillon::sql {

/// Remote consumers, in SQL.
class sql_remote_consumer_store final : public remote_consumer_store {
public:
  sql_remote_consumer_store(state_connection& db, audit_trail& audit)
    : db_(db), audit_(audit), table_(db) {
  }

  expected<void> put(const put_remote_consumer& x, timestamp now) override;
  expected<void> remove(const remove_remote_consumer& x, timestamp now) override;
  expected<remote_consumers> list() override;

private:
  state_connection& db_;
  audit_trail& audit_;
  consumer_table table_;
};

} // namespace carillon::sql
