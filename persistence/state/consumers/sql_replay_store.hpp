#pragma once

#include "persistence/state/consumers/replay_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"

namespace carillon::sql {

/// Replays, in SQL.
class sql_replay_store final : public replay_store {
public:
  sql_replay_store(state_connection& db, audit_trail& audit) : db_(db), audit_(audit) {
  }

  expected<replay_record> create(const create_replay& x, timestamp now) override;
  expected<void> update(const update_replay& x, timestamp now) override;
  expected<replay_record> get(const get_replay& x) override;
  expected<replay_records> running() override;
  expected<replay_page> list(const list_replays& x) override;

private:
  state_connection& db_;
  audit_trail& audit_;
};

} // namespace carillon::sql
