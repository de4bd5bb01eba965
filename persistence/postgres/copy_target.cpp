#include "persistence/postgres/copy_target.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/migrations.hpp"
#include "persistence/postgres/pooler.hpp"
#include "persistence/postgres/state_session.hpp"
#include "persistence/state/sql_state_store.hpp"

#include <algorithm>

namespace carillon::postgres {

namespace {

std::string quoted(const std::string& name) {
  return '"' + name + '"';
}

std::vector<std::string> columns_of(connection& db, const std::string& table) {
  std::vector<std::string> out;
  auto found = db.run_once("SELECT column_name FROM information_schema.columns "
                           "WHERE table_schema = current_schema() AND table_name = $1",
                           {table.c_str()});
  for (const auto& row : found)
    out.emplace_back(row[0].c_str());
  return out;
}

bool has_store(connection& db) {
  auto found = db.run("SELECT EXISTS (SELECT FROM event_log) OR EXISTS (SELECT FROM audit_log) "
                      "OR EXISTS (SELECT FROM consumers) OR EXISTS (SELECT FROM api_keys)");
  return std::string{found[0][0].c_str()} == "t";
}

} // namespace

copy_target::copy_target(const storage_options& options)
  : options_(options), lock_(std::make_shared<node_lock>(options.url, options.postgres)),
    db_(options.url, options.postgres),
    log_(options.url, options.postgres, options.query_budget, lock_, std::make_shared<int>()) {
}

expected<std::unique_ptr<copy_target>> copy_target::open(const storage_options& options,
                                                         const std::string& source, timestamp now) {
  auto conninfo = connection_string(options.url, options.postgres);
  if (!conninfo)
    return conninfo.error();
  try {
    if (auto refused = refuse_transaction_pooler(*conninfo, options.postgres); !refused)
      return refused.error();
  } catch (const std::exception& x) {
    return to_operators_failure(x);
  }
  std::unique_ptr<copy_target> x{new copy_target{options}};
  auto prepared = x->guarded([&] { return x->prepare(source, now); });
  if (!prepared)
    return prepared.error();
  return x;
}

expected<void> copy_target::prepare(const std::string& source, timestamp now) {
  if (auto usable = check_server(db_); !usable)
    return usable;
  if (auto locked = lock_->lock(); !locked)
    return locked;
  if (auto migrated = migrate(db_, now); !migrated)
    return migrated;
  db_.begin("BEGIN");
  auto begun = db_.run("SELECT finished_at IS NULL FROM store_copy");
  if (begun.empty() ? has_store(db_) : std::string{begun[0][0].c_str()} != "t") {
    db_.rollback();
    return failure{ec::conflict, "the database has a store already; copy into an empty one", "to"};
  }
  if (begun.empty())
    db_.run("INSERT INTO store_copy VALUES (1, " + db_.quote(source) + ", "
            + std::to_string(to_micros(now)) + ", NULL)");
  db_.run("COMMIT");
  if (auto counted = lock_->count(); !counted)
    return counted;
  return log_.connect();
}

expected<void> copy_target::adopt_history(const std::string& x) {
  return guarded([&]() -> expected<void> {
    db_.begin("BEGIN; UPDATE log_history SET id = " + db_.quote(x) + "; COMMIT");
    return {};
  });
}

expected<void> copy_target::begin_state(const std::vector<state_table>& tables) {
  return guarded([&]() -> expected<void> {
    auto begun = db_.begin("BEGIN; SET LOCAL statement_timeout = 0; "
                           + statement_to_lock(advisory::state) + "SELECT pg_current_xact_id()");
    transaction_ = begun[0][0].c_str();
    std::string names;
    for (const auto& x : tables) {
      auto here = columns_of(db_, x.name);
      if (!std::is_permutation(here.begin(), here.end(), x.columns.begin(), x.columns.end())) {
        db_.rollback();
        return failure{
          ec::store_corrupt, "table " + x.name + " has other columns here than in the source", {}};
      }
      names += (names.empty() ? "" : ", ") + quoted(x.name);
    }
    db_.run("TRUNCATE " + names);
    return {};
  });
}

expected<void> copy_target::add_rows(const state_table& x, const std::string& rows) {
  auto added = guarded([&]() -> expected<void> {
    auto table = quoted(x.name);
    db_.run_once("INSERT INTO " + table + " SELECT * FROM json_populate_recordset(NULL::" + table
                   + ", $1::json)",
                 {rows.c_str()});
    return {};
  });
  if (!added)
    added.error().detail = "table " + x.name + ": " + added.error().detail;
  return added;
}

expected<void> copy_target::commit_state(const std::vector<state_table>& tables) {
  return guarded([&]() -> expected<void> {
    for (const auto& x : tables)
      if (x.last_id && *x.last_id > 0)
        db_.run("SELECT setval(s, " + std::to_string(*x.last_id) + ") FROM pg_get_serial_sequence("
                + db_.quote(quoted(x.name)) + ", " + db_.quote(x.columns.front())
                + ") AS s WHERE s IS NOT NULL");
    db_.commit("COMMIT", transaction_);
    return {};
  });
}

expected<uint64_t> copy_target::count(const std::string& table) {
  return guarded([&]() -> expected<uint64_t> {
    db_.begin("BEGIN READ ONLY; SET LOCAL statement_timeout = 0");
    auto found = db_.run("SELECT count(*) FROM " + quoted(table));
    db_.rollback();
    return found[0][0].as<uint64_t>();
  });
}

expected<audit_check> copy_target::check_audit() {
  sql::sql_state_store state{
    std::make_shared<state_database>(options_.url, options_.postgres, nullptr), nullptr};
  if (auto connected = state.connect(); !connected)
    return connected.error();
  return carillon::check_audit(state.audit());
}

expected<void> copy_target::finish(timestamp now) {
  return guarded([&]() -> expected<void> {
    db_.begin("BEGIN; UPDATE store_copy SET finished_at = " + std::to_string(to_micros(now))
              + "; COMMIT");
    db_.confirm();
    return {};
  });
}

} // namespace carillon::postgres
