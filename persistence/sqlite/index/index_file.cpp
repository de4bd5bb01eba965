#include "persistence/sqlite/index/index_file.hpp"

#include "base/file/private_files.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/migrations.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"

namespace carillon::sqlite {

namespace {

/// True if the event at the index's cursor is the one that was indexed there.
bool belongs_to(connection& index, log_cursor& log, std::string_view history) {
  statement_cache<index_query> sql{index.handle()};
  auto state = sql.query(index_query::state);
  if (!state.next())
    return false;
  if (state->integer(0) == 0)
    return true;
  if (state->text(2) != history)
    return false;
  const auto* event = log.at(state->number(0));
  return event != nullptr && event->id == state->text(1);
}

} // namespace

bool is_index_of(const connection_options& index, log_cursor& log, std::string_view history) {
  const auto usable = guarded([&]() -> expected<bool> {
    connection db{index};
    // An index of an older schema is not carried on: its events have no entries in new tables.
    return check_schema(db, index_schema()) && belongs_to(db, log, history);
  });
  return usable && *usable;
}

expected<void> prepare_index(const connection_options& index, log_cursor& log,
                             std::string_view history, timestamp now) {
  if (is_index_of(index, log, history))
    return {};
  return recreate_index(index, now);
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
