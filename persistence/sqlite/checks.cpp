#include "persistence/sqlite/checks.hpp"

#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/log/event_row.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"
#include "persistence/state/consumers/furthest_cursor.hpp"

#include <array>
#include <string>
#include <system_error>

namespace carillon::sqlite {

namespace {

failure corrupt(connection& db, const std::string& what) {
  return {ec::store_corrupt,
          db.database().getFilename() + " " + what + "; restore the data directory from a backup",
          {}};
}

uint64_t big_endian(const std::array<unsigned char, 100>& bytes, size_t at, size_t size) {
  uint64_t x = 0;
  for (size_t i = 0; i < size; ++i)
    x = x << 8 | bytes.at(at + i);
  return x;
}

/// Compares the file's length with its header (SQLite file format, section 1.3). Only without a
/// write-ahead log, which may hold pages that the file lacks.
bool has_its_length(connection& db) {
  std::error_code error;
  const auto wal_bytes = std::filesystem::file_size(wal_of(db.database().getFilename()), error);
  if (!error && wal_bytes > 0)
    return true;
  sqlite3_file* file = nullptr;
  sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  sqlite3_int64 size = 0;
  std::array<unsigned char, 100> header{};
  if (file == nullptr || file->pMethods->xFileSize(file, &size) != SQLITE_OK
      || file->pMethods->xRead(file, header.data(), header.size(), 0) != SQLITE_OK)
    return false;
  const auto page = big_endian(header, 16, 2);
  const auto pages = big_endian(header, 28, 4);
  return static_cast<uint64_t>(size) >= pages * (page == 1 ? 65'536 : page);
}

/// Most events that are all counted when a store is opened. Of a longer log only the last ones are,
/// since it would take too long. `carillon audit verify` checks all.
constexpr int64_t most_counted = 2'000'000;
constexpr int64_t counted_at_end = 20'000;

int64_t count(connection& db, const char* sql, int64_t above) {
  statement x{db.handle(), sql};
  x.bind_all(above);
  rows all{x};
  return all.next() ? all->integer(0) : 0;
}

/// Positions are 1, 2, 3 …: a missing one was removed from outside or overwritten.
expected<void> refuse_gaps(connection& db, int64_t first, int64_t head) {
  const bool whole = head <= most_counted;
  const auto above = whole ? 0 : head - counted_at_end;
  const auto found = whole ? count(db, "SELECT count(*) + ?1 FROM event_log", 0)
                           : count(db, "SELECT count(*) FROM event_log WHERE seq > ?1", above);
  if (first == 1 && found == head - above)
    return {};
  return corrupt(db, "has a gap: " + std::to_string(first == 1 ? head - above - found : first - 1)
                       + " events are missing before position " + std::to_string(head)
                       + " (`carillon audit verify` names the first)");
}

/// True if the row can be read whole and its index entry leads back to it.
bool is_sound(statement_cache<log_query>& sql, int64_t seq) {
  auto row = sql.query(log_query::event_at, seq);
  if (!row.next())
    return false;
  const auto x = event_of(*row);
  auto found = sql.query(log_query::first_with_id, std::string_view{x->id},
                         std::string_view{x->source}, std::string_view{x->company_id});
  return found.next() && found->integer(0) == seq;
}

} // namespace

expected<void> check_events(connection& events) {
  if (!has_its_length(events))
    return corrupt(events, "is shorter than its header says");
  statement_cache<log_query> sql{events.handle()};
  auto position_of = [&](log_query x) {
    auto row = sql.query(x);
    return row.next() ? row->integer(0) : 0;
  };
  auto head = position_of(log_query::head);
  if (head == 0)
    return {};
  if (!is_sound(sql, position_of(log_query::first)) || !is_sound(sql, head))
    return corrupt(events, "has a damaged log");
  return refuse_gaps(events, position_of(log_query::first), head);
}

expected<void> check_state(connection& state, connection& events) {
  if (!has_its_length(state))
    return corrupt(state, "is shorter than its header says");
  statement_cache<log_query> log_sql{events.handle()};
  statement furthest_cursor{state.handle(), sql::furthest_cursor.text};
  auto head = log_sql.query(log_query::head);
  rows furthest{furthest_cursor};
  if (!head.next() || !furthest.next())
    return corrupt(state, "cannot be read");
  if (furthest->integer(0) > head->integer(0))
    return corrupt(state, "has a consumer at position " + std::to_string(furthest->integer(0))
                            + ", but the log ends at " + std::to_string(head->integer(0)));
  return {};
}

} // namespace carillon::sqlite
