#include "persistence/sqlite/migrations.hpp"

#include <string>

namespace carillon::sqlite {

namespace {

constexpr int32_t events_id = 0x43524c45; // "CRLE"
constexpr int32_t index_id = 0x43524c49;  // "CRLI"
constexpr int32_t state_id = 0x43524c53;  // "CRLS"

int64_t ask(connection& db, const char* sql) {
  return db.database().execAndGet(sql).getInt64();
}

bool is_empty(connection& db) {
  return ask(db, "SELECT count(*) FROM sqlite_schema") == 0;
}

/// Number of the last step that was applied.
int64_t last_step(connection& db) {
  if (ask(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'") == 0)
    return 0;
  return ask(db, "SELECT coalesce(max(number), 0) FROM schema_migrations");
}

void apply(connection& db, const schema& x, int64_t version, timestamp now) {
  for (const auto& step : x.migrations.subspan(static_cast<size_t>(version))) {
    db.database().exec(step.sql);
    statement insert{db.handle(), "INSERT INTO schema_migrations VALUES (?1, ?2, ?3)"};
    insert.bind_all(step.number, std::string_view{step.name}, to_micros(now));
    insert.step();
  }
}

} // namespace

schema events_schema() noexcept {
  return {events_id, events_migrations()};
}

schema index_schema() noexcept {
  return {index_id, index_migrations()};
}

schema state_schema() noexcept {
  return {state_id, state_migrations()};
}

expected<int64_t> version_of(connection& db, const schema& x) {
  const auto& file = db.database().getFilename();
  if (ask(db, "PRAGMA application_id") != x.application_id)
    return failure{ec::store_corrupt,
                   file + " is not a Carillon database of this kind; restore it from a backup",
                   {}};
  const auto version = last_step(db);
  const auto known = static_cast<int64_t>(x.migrations.size());
  if (version > known)
    return failure{ec::store_too_new,
                   file + " has schema " + std::to_string(version) + ", this program knows "
                     + std::to_string(known) + "; install the newer version again",
                   {}};
  if (version == 0)
    return failure{ec::store_corrupt, file + " has lost its schema; restore it from a backup", {}};
  return version;
}

expected<void> migrate(connection& db, const schema& x, timestamp now) {
  transaction t{db, transaction::kind::write};
  int64_t version = 0;
  if (is_empty(db)) {
    db.database().exec("PRAGMA application_id = " + std::to_string(x.application_id));
    db.database().exec("CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY, "
                       "name TEXT NOT NULL, applied_at INTEGER NOT NULL)");
  } else {
    const auto checked = version_of(db, x);
    if (!checked)
      return checked.error();
    version = *checked;
  }
  if (version == static_cast<int64_t>(x.migrations.size()))
    return {};
  apply(db, x, version, now);
  t.commit();
  return {};
}

expected<void> check_schema(connection& db, const schema& x) {
  const auto version = version_of(db, x);
  if (!version)
    return version.error();
  if (*version < static_cast<int64_t>(x.migrations.size()))
    return failure{ec::store_unavailable,
                   db.database().getFilename()
                     + " is of an older schema; start the node once to bring it up to date",
                   {}};
  return {};
}

} // namespace carillon::sqlite
