#include "persistence/sqlite/checks.hpp"

#include "persistence/sqlite/data_directory.hpp"
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

} // namespace

expected<void> check_events(connection& events) {
  if (!has_its_length(events))
    return corrupt(events, "is shorter than its header says");
  return {};
}

expected<position> check_state(connection& state) {
  if (!has_its_length(state))
    return corrupt(state, "is shorter than its header says");
  statement furthest_cursor{state.handle(), sql::furthest_cursor.text};
  rows furthest{furthest_cursor};
  if (!furthest.next())
    return corrupt(state, "cannot be read");
  return furthest->number(0);
}

expected<void> check_cursors(connection& state, position furthest, position head) {
  if (furthest > head)
    return corrupt(state, "has a consumer at position " + std::to_string(furthest)
                            + ", but the log ends at " + std::to_string(head));
  return {};
}

} // namespace carillon::sqlite
