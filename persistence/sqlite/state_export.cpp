#include "persistence/sqlite/state_export.hpp"

namespace carillon::sqlite {

namespace {

constexpr size_t array_bytes = 1024 * 1024;

} // namespace

state_export::state_export(const std::filesystem::path& file)
  : db_({.file = file}), snapshot_(db_, transaction::kind::read) {
  std::vector<std::string> names;
  statement all{db_.handle(), "SELECT name FROM sqlite_schema WHERE type = 'table' "
                              "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' "
                              "AND name <> 'schema_migrations' ORDER BY name"};
  while (all.step())
    names.push_back(all.string(0));
  for (auto& name : names)
    tables_.push_back(table_of(std::move(name)));
}

state_table state_export::table_of(std::string name) {
  state_table out;
  statement columns{db_.handle(), "SELECT name FROM pragma_table_info(?1)"};
  columns.bind_all(std::string_view{name});
  while (columns.step())
    out.columns.push_back(columns.string(0));
  out.rows = static_cast<uint64_t>(ask("SELECT count(*) FROM \"" + name + '"'));
  statement last{db_.handle(), "SELECT seq FROM sqlite_sequence WHERE name = ?1"};
  last.bind_all(std::string_view{name});
  if (last.step())
    out.last_id = last.integer(0);
  else if (out.columns.front() == "id")
    out.last_id = ask("SELECT coalesce(max(id), 0) FROM \"" + name + '"');
  out.name = std::move(name);
  return out;
}

int64_t state_export::ask(const std::string& sql) {
  return db_.database().execAndGet(sql).getInt64();
}

void state_export::read(const state_table& x,
                        const std::function<void(const std::string& rows, uint64_t count)>& f) {
  std::string sql = "SELECT json_object(";
  for (const auto& name : x.columns) {
    if (&name != &x.columns.front())
      sql += ", ";
    sql += "'" + name + "', CASE typeof(\"" + name + "\") WHEN 'blob' THEN '\\x' || hex(\"" + name
           + "\") ELSE \"" + name + "\" END";
  }
  sql += ") FROM \"" + x.name + '"';
  statement all{db_.handle(), sql};
  std::string rows = "[";
  uint64_t count = 0;
  auto flush = [&] {
    if (count > 0)
      f(rows + ']', count);
    rows.assign(1, '[');
    count = 0;
  };
  while (all.step()) {
    if (count++ > 0)
      rows += ',';
    rows += all.text(0);
    if (rows.size() >= array_bytes)
      flush();
  }
  flush();
}

} // namespace carillon::sqlite
