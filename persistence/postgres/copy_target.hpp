#pragma once

#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/log/log.hpp"
#include "persistence/state/operators/audit_check.hpp"
#include "persistence/state/state_table.hpp"
#include "persistence/storage.hpp"

#include <memory>
#include <string>
#include <vector>

namespace carillon::postgres {

/// A database that another store is copied into, locked against nodes and other copies. One thread.
/// Details of errors are for the operator.
class copy_target {
public:
  /// Makes the tables and records that a copy has begun; resumes an unfinished copy. Errors:
  /// `conflict` (the database has a store), `store_locked`, `store_too_new`, `store_unavailable`.
  static expected<std::unique_ptr<copy_target>> open(const storage_options& options,
                                                     const std::string& source, timestamp now);

  /// The copy keeps the positions, so it goes on with the history of the source.
  expected<void> adopt_history(const std::string& x);

  postgres::log& log() noexcept {
    return log_;
  }

  /// Begins to replace the state, in one transaction. Errors: `store_corrupt` (these tables are not
  /// those of this schema).
  expected<void> begin_state(const std::vector<state_table>& tables);

  /// @param rows a JSON array of objects
  expected<void> add_rows(const state_table& x, const std::string& rows);

  expected<void> commit_state(const std::vector<state_table>& tables);

  /// Number of rows of a table; `event_log` counts as one.
  expected<uint64_t> count(const std::string& table);

  /// Verifies the copied audit chain.
  expected<audit_check> check_audit();

  /// From now on the database is a store like any other.
  expected<void> finish(timestamp now);

private:
  explicit copy_target(const storage_options& options);

  expected<void> prepare(const std::string& source, timestamp now);
  template <class F>
  auto guarded(F&& f) noexcept -> decltype(f());

  storage_options options_;
  std::shared_ptr<node_lock> lock_;
  connection db_;
  postgres::log log_;
  /// The transaction that replaces the state.
  std::string transaction_;
};

template <class F>
auto copy_target::guarded(F&& f) noexcept -> decltype(f()) {
  try {
    return f();
  } catch (const std::exception& x) {
    db_.rollback();
    return to_operators_failure(x);
  }
}

} // namespace carillon::postgres
