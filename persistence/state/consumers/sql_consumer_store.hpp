#pragma once

#include "persistence/state/consumers/consumer_commits.hpp"
#include "persistence/state/consumers/consumer_owner.hpp"
#include "persistence/state/consumers/consumer_store.hpp"
#include "persistence/state/consumers/consumer_table.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <utility>
#include <vector>

namespace carillon::sql {

/// Consumers, and their commits, in SQL.
class sql_consumer_store final : public consumer_store {
public:
  /// @param writers of the effects of all capabilities, in the order in which they write
  sql_consumer_store(state_connection& db, audit_trail& audit, consumer_owner& owner,
                     std::vector<effect_writer*> writers)
    : db_(db), audit_(audit), owner_(owner), table_(db), commits_(db, std::move(writers)) {
  }

  expected<opened_consumer> open(const open_consumer& x, timestamp now) override;
  expected<void> commit(std::span<const consumer_commit_ptr> xs) override;
  expected<consumer_records> list() override;
  expected<consumer_failures> failures(const find_failures& x) override;
  expected<void> pause(const pause_consumer& x, timestamp now) override;

private:
  consumer_record consumer_of(const statement& row);

  state_connection& db_;
  audit_trail& audit_;
  consumer_owner& owner_;
  consumer_table table_;
  consumer_commits commits_;
};

} // namespace carillon::sql
