#include "persistence/sqlite/index/index_file.hpp"

#include "base/file/private_files.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/migrations.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"

#include <cstring>

namespace carillon::sqlite {

namespace {

/// True if the event at the index's cursor is the one that was indexed there. Of one that is
/// damaged the history has to do.
bool belongs_to(connection& index, log_cursor& log, std::string_view history) {
  statement_cache<index_query> sql{index.handle()};
  auto state = sql.query(index_query::state);
  if (!state.next())
    return false;
  if (state->integer(0) == 0)
    return true;
  if (state->text(2) != history)
    return false;
  const auto there = log.look_at(state->number(0));
  return there.is_damaged || (there.event != nullptr && there.event->id == state->text(1));
}

/// True if an event that the index lacks can be read again: its file was put back.
bool lacks_readable(connection& index, log_cursor& log) {
  statement_cache<index_query> sql{index.handle()};
  for (auto row = sql.query(index_query::missing); row.next();)
    if (log.look_at(row->number(0)).event != nullptr)
      return true;
  return false;
}

} // namespace

expected<bool> is_index_of(const connection_options& index, log_cursor& log,
                           std::string_view history) {
  return guarded([&]() -> expected<bool> {
    try {
      connection db{index};
      // An index of an older schema is not carried on: its events have no entries in new tables.
      return check_schema(db, index_schema()) && belongs_to(db, log, history)
             && !lacks_readable(db, log);
    } catch (const SQLite::Exception& x) {
      // Anything else may pass, and an index of a long log takes long to make.
      if (is_damage(x))
        return false;
      throw;
    }
  });
}

sip_key name_key_of(connection& index) {
  statement ask{index.handle(), "SELECT key FROM index_key WHERE one = 1"};
  sip_key out;
  if (!ask.step() || ask.text(0).size() != sizeof out)
    throw SQLite::Exception("no key of hashes", SQLITE_CORRUPT);
  std::memcpy(&out, ask.text(0).data(), sizeof out);
  return out;
}

expected<void> prepare_index(const connection_options& index, log_cursor& log,
                             std::string_view history, timestamp now) {
  const auto usable = is_index_of(index, log, history);
  if (!usable)
    return usable.error();
  return *usable ? expected<void>{} : recreate_index(index, now);
}

expected<void> recreate_index(const connection_options& index, timestamp now) {
  auto removed = remove_database(index.file);
  if (!removed)
    return removed;
  if (auto made = make_private_file(index.file); !made)
    return made;
  return guarded([&] {
    connection db{index};
    return migrate(db, index_schema(), now);
  });
}

} // namespace carillon::sqlite
