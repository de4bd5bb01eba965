#include "persistence/sqlite/move/events_mark.hpp"

#include "base/file/descriptor.hpp"
#include "base/file/private_files.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/migrations.hpp"

#include <fcntl.h>
#include <string>
#include <system_error>

namespace carillon::sqlite {

namespace {

expected<void> cannot_mark(const std::filesystem::path& events, const std::string& why) {
  return failure{ec::store_unavailable, "cannot mark " + events.string() + " as moved: " + why, {}};
}

void fill_mark(const std::filesystem::path& file, timestamp now) {
  SQLite::Database db{file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  db.exec("PRAGMA application_id = " + std::to_string(events_schema().application_id));
  db.exec("BEGIN; CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY, "
          "name TEXT NOT NULL, applied_at INTEGER NOT NULL); "
          "INSERT INTO schema_migrations VALUES ("
          + std::to_string(mark_schema) + ", 'the log is in the directory log', "
          + std::to_string(to_micros(now)) + "); COMMIT");
}

} // namespace

events_file examine_events(const std::filesystem::path& events) {
  std::error_code error;
  if (!std::filesystem::exists(events, error))
    return events_file::none;
  if (std::filesystem::file_size(events, error) == 0)
    return events_file::log;
  const SQLite::Database db{events.string(), SQLite::OPEN_READONLY};
  statement ask{db.getHandle(),
                "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'"};
  if (rows found{ask}; !found.next() || found->integer(0) == 0)
    return events_file::log;
  statement last{db.getHandle(), "SELECT max(number) FROM schema_migrations"};
  rows step{last};
  return step.next() && step->integer(0) == mark_schema ? events_file::mark : events_file::log;
}

expected<void> write_events_mark(const std::filesystem::path& events, timestamp now) {
  const auto part = events.string() + ".part";
  if (auto removed = remove_database(part); !removed)
    return removed;
  if (auto made = make_private_file(part); !made)
    return made;
  fill_mark(part, now);
  const descriptor written{::open(part.c_str(), O_RDONLY | O_CLOEXEC)};
  if (const int error = written.is_open() ? written.sync() : errno)
    return cannot_mark(events, std::generic_category().message(error));
  std::error_code error;
  std::filesystem::rename(part, events, error);
  if (error)
    return cannot_mark(events, error.message());
  return sync_directory(events.parent_path());
}

} // namespace carillon::sqlite
