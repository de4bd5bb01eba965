#include "persistence/sqlite/connection.hpp"

#include "persistence/sqlite/index/batch_rows.hpp"

#include <SQLiteCpp/Exception.h>

#include <array>
#include <string_view>

namespace carillon::sqlite {

namespace {

/// Reused from its start after a complete checkpoint and never cut below this: writing over
/// existing blocks needs no metadata commit of the file system.
constexpr int64_t kept_wal_bytes = 64LL * 1024 * 1024;

constexpr int lookaside_bytes = 1'200;
constexpr int lookaside_slots = 400;

int flags_of(access x) {
  const int common = SQLITE_OPEN_NOMUTEX;
  return x == access::write ? common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                            : common | SQLITE_OPEN_READONLY;
}

const char* synchronous(durability x) noexcept {
  return x == durability::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
}

SQLite::Database open(const connection_options& x) {
  const auto busy_ms = static_cast<int>(x.busy_timeout.count());
  SQLite::Database db{x.file.string(), flags_of(x.access), busy_ms, x.vfs};
  // Statements open and close cursors all the time; this avoids malloc for them.
  sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_LOOKASIDE, nullptr, lookaside_bytes,
                    lookaside_slots);
  add_batch_table(db.getHandle());
  db.exec("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY");
  db.exec("PRAGMA cache_size = -" + std::to_string(x.cache_bytes / 1024));
  if (x.access == access::read)
    return db;
  if (db.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal")
    throw SQLite::Exception("no write-ahead log", SQLITE_CANTOPEN);
  db.exec(synchronous(x.durability));
  db.exec("PRAGMA wal_autocheckpoint = 0");
  // Only retries and dead letters are ever deleted; zeroing them has no benefit.
  db.exec("PRAGMA secure_delete = OFF");
  db.execAndGet("PRAGMA journal_size_limit = " + std::to_string(kept_wal_bytes));
  return db;
}

} // namespace

connection::connection(const connection_options& x)
  : database_(open(x)), begin_(handle(), "BEGIN"), begin_immediate_(handle(), "BEGIN IMMEDIATE"),
    commit_(handle(), "COMMIT"), rollback_(handle(), "ROLLBACK") {
}

void connection::wait_for_disk(bool on) {
  database_.exec(synchronous(on ? durability::full : durability::normal));
}

transaction::transaction(connection& x, kind k) : connection_(x) {
  rows{k == kind::read ? x.begin_ : x.begin_immediate_}.next();
}

void transaction::commit() {
  rows{connection_.commit_}.next();
  open_ = false;
}

transaction::~transaction() {
  // SQLite rolls back by itself after some errors; then nothing is left to do.
  if (!open_ || sqlite3_get_autocommit(connection_.handle()) != 0)
    return;
  try {
    rows{connection_.rollback_}.next();
  } catch (const SQLite::Exception&) {
    // The owner sees a connection that is still in a transaction, and drops it.
    return;
  }
}

} // namespace carillon::sqlite
