#pragma once

#include "persistence/state/consumers/consumer_owner.hpp"
#include "persistence/state/consumers/consumer_table.hpp"
#include "persistence/state/consumers/dead_letter_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"

namespace carillon::sql {

/// Dead letters, in SQL.
class sql_dead_letter_store final : public dead_letter_store {
public:
  sql_dead_letter_store(state_connection& db, audit_trail& audit, consumer_owner& owner)
    : db_(db), audit_(audit), owner_(owner), table_(db) {
  }

  expected<dead_letter_page> list(const list_dead_letters& x) override;
  expected<dead_letter> resolve(const resolve_dead_letter& x, timestamp now) override;

private:
  state_connection& db_;
  audit_trail& audit_;
  consumer_owner& owner_;
  consumer_table table_;
};

} // namespace carillon::sql
