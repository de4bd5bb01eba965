#include "persistence/tools/schema_report.hpp"

#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/migrations.hpp"
#include "persistence/postgres/pooler.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/migrations.hpp"
#include "persistence/sqlite/move/events_mark.hpp"

namespace carillon {

namespace {

using parts = std::vector<schema_part>;

expected<schema_part> part_of(const std::filesystem::path& file, const sqlite::schema& x) {
  schema_part out{file.filename().string(), 0, static_cast<int64_t>(x.migrations.size())};
  if (!std::filesystem::exists(file))
    return out;
  return sqlite::guarded([&]() -> expected<schema_part> {
    sqlite::connection db{{.file = file}};
    auto version = sqlite::version_of(db, x);
    if (!version)
      return version.error();
    out.applied = *version;
    return out;
  });
}

/// Its last step is that from `events.db` to segments.
expected<schema_part> part_of_log(const sqlite::data_paths& paths) {
  return sqlite::guarded([&]() -> expected<schema_part> {
    const auto known = static_cast<int64_t>(sqlite::events_schema().migrations.size()) + 1;
    switch (sqlite::examine_events(paths.events)) {
    case sqlite::events_file::none:
      return schema_part{"log", 0, known};
    case sqlite::events_file::mark:
      return schema_part{"log", known, known};
    case sqlite::events_file::log:
      break;
    }
    auto part = part_of(paths.events, sqlite::events_schema());
    if (part)
      part->known = known;
    return part;
  });
}

expected<parts> parts_of_directory(const storage_options& options) {
  auto directory = sqlite::directory_of(options.url);
  if (!directory)
    return directory.error();
  const sqlite::data_paths paths{*directory};
  parts out;
  auto log = part_of_log(paths);
  if (!log)
    return log.error();
  out.push_back(std::move(*log));
  for (const auto& [file, schema] : {std::pair{paths.index, sqlite::index_schema()},
                                     std::pair{paths.state, sqlite::state_schema()}}) {
    auto part = part_of(file, schema);
    if (!part)
      return part.error();
    out.push_back(std::move(*part));
  }
  return out;
}

expected<parts> parts_of_database(const storage_options& options) {
  auto conninfo = postgres::connection_string(options.url, options.postgres);
  if (!conninfo)
    return conninfo.error();
  try {
    if (auto refused = postgres::refuse_transaction_pooler(*conninfo, options.postgres); !refused)
      return refused.error();
    postgres::connection db{options.url, options.postgres, true};
    if (auto usable = postgres::check_server(db); !usable)
      return usable.error();
    auto state = postgres::state_of_schema(db);
    if (!state)
      return state.error();
    return parts{{"database", state->applied, state->known}};
  } catch (const std::exception& x) {
    return postgres::to_operators_failure(x);
  }
}

} // namespace

expected<parts> report_schema(const storage_options& options) {
  return is_postgres(options.url) ? parts_of_database(options) : parts_of_directory(options);
}

} // namespace carillon
