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
bool belongs_to(connection& index, connection& events) {
  statement_cache<index_query> index_sql{index.handle()};
  statement_cache<log_query> log_sql{events.handle()};
  auto state = index_sql.query(index_query::state);
  if (!state.next())
    return false;
  if (state->integer(0) == 0)
    return true;
  auto event = log_sql.query(log_query::keys_after, state->integer(0) - 1, 1);
  return event.next() && event->integer(0) == state->integer(0) && event->text(6) == state->text(1);
}

bool is_usable(const connection_options& index, connection& events, timestamp now) {
  const auto usable = guarded([&]() -> expected<bool> {
    connection db{index};
    const auto migrated = migrate(db, index_schema(), now);
    return migrated && belongs_to(db, events);
  });
  return usable && *usable;
}

} // namespace

expected<void> prepare_index(const connection_options& index, connection& events, timestamp now) {
  if (is_usable(index, events, now))
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
