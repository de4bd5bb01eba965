#pragma once

#include "persistence/state/operators/access_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"

namespace carillon::sql {

/// API keys and registered event types, in SQL.
class sql_access_store final : public access_store {
public:
  sql_access_store(state_connection& db, audit_trail& audit) : db_(db), audit_(audit) {
  }

  expected<api_key> create(const create_api_key& x, timestamp now) override;
  expected<void> remove(const delete_api_key& x, timestamp now) override;
  expected<api_keys> keys() override;
  expected<void> note(const note_key_uses& x) override;
  expected<void> put(const put_event_type& x, timestamp now) override;
  expected<registered_types> event_types() override;

private:
  state_connection& db_;
  audit_trail& audit_;
};

} // namespace carillon::sql
