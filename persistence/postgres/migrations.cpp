#include "persistence/postgres/migrations.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/session_settings.hpp"

namespace carillon::postgres {

namespace {

constexpr int least_version = 130'000;

/// The number at the beginning of a file's name.
int64_t number_of(std::string_view name) {
  return std::stoll(std::string{name.substr(0, 4)});
}

int64_t applied_in(connection& db) {
  auto table = db.run("SELECT to_regclass('schema_migrations') IS NOT NULL");
  if (std::string{table[0][0].c_str()} != "t")
    return 0;
  return db.run("SELECT coalesce(max(version), 0) FROM schema_migrations")[0][0].as<int64_t>();
}

bool has_unknown_breaking_step(connection& db, int64_t known) {
  // A database with further steps has the column, which an earlier one has made.
  return !db.run("SELECT FROM schema_migrations WHERE NOT additive AND version > "
                 + std::to_string(known) + " LIMIT 1")
            .empty();
}

/// Within a transaction.
expected<schema_state> state_of(connection& db, const schema_steps& steps) {
  const auto known = static_cast<int64_t>(steps.size());
  const auto applied = applied_in(db);
  if (applied > known && has_unknown_breaking_step(db, known))
    return failure{ec::store_too_new,
                   "the database is of a newer version of Carillon: it has step "
                     + std::to_string(applied) + ", this program knows " + std::to_string(known),
                   "store"};
  return schema_state{applied, known};
}

/// Applies a step, and ends the transaction.
void apply(connection& db, const schema_step& x, timestamp now) {
  const auto number = std::to_string(number_of(x.name));
  db.run(std::string{x.text});
  db.run("INSERT INTO schema_migrations VALUES (" + number + ", " + db.quote(std::string{x.name})
         + ", " + std::to_string(to_micros(now)) + ")");
  // Steps before the column are not additive.
  if (is_additive(x.text))
    db.run("UPDATE schema_migrations SET additive = true WHERE version = " + number);
  db.run("COMMIT");
}

} // namespace

schema_steps own_steps() {
  schema_steps out;
  for (const auto name : migration_names())
    out.push_back({name, migration_text(name)});
  return out;
}

bool is_additive(std::string_view text) noexcept {
  return text.starts_with("-- Additive:");
}

expected<void> check_server(connection& db) {
  auto server = db.ask("SELECT current_setting('server_version_num')::int, "
                       "current_setting('server_encoding')",
                       {});
  if (server[0][0].as<int>() < least_version)
    return failure{ec::store_unavailable, "the server is older than PostgreSQL 13", "store"};
  if (std::string{server[0][1].c_str()} != "UTF8")
    return failure{ec::store_unavailable, "the database is not encoded in UTF8", "store"};
  return {};
}

expected<schema_state> state_of_schema(connection& db, const schema_steps& steps) {
  db.begin("BEGIN READ ONLY");
  try {
    auto out = state_of(db, steps);
    db.rollback();
    return out;
  } catch (...) {
    // The next call on this connection would be one of a transaction that has failed.
    db.rollback();
    throw;
  }
}

expected<void> migrate(connection& db, timestamp now, const schema_steps& steps) {
  db.wait_for_ever();
  for (;;) {
    db.begin("BEGIN; SET LOCAL statement_timeout = 0; " + statement_to_lock(advisory::schema)
             + statement_to_pin_schema(true));
    auto state = state_of(db, steps);
    if (!state || state->is_complete()) {
      db.rollback();
      if (!state)
        return state.error();
      // A step may have made a schema that comes before ours.
      db.begin(statement_to_pin_schema(false));
      return {};
    }
    if (state->applied == 0)
      db.run("CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, "
             "applied_at BIGINT NOT NULL)");
    apply(db, steps[static_cast<size_t>(state->applied)], now);
  }
}

} // namespace carillon::postgres
