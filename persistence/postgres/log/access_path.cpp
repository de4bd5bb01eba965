#include "persistence/postgres/log/access_path.hpp"

#include "base/time.hpp"
#include "persistence/postgres/log/event_row.hpp"

#include <algorithm>

namespace carillon::postgres {

namespace {

/// Most types of a filter's patterns; with more it is cheaper to scan every event.
constexpr size_t most_types = 64;

/// Empty keys are not indexed.
bool has_key(const std::optional<std::string>& x) {
  return x && !x->empty();
}

bool names_types(const event_filter& x) {
  return !x.types.empty()
         && std::none_of(x.types.begin(), x.types.end(),
                         [](const type_pattern& type) { return type.is_everything(); });
}

/// The first text that sorts after all texts with the prefix, which ends with a dot.
std::string end_of(std::string prefix) {
  ++prefix.back();
  return prefix;
}

/// The first type from `type <comparison> <value>` on, or of those of a company.
void add_first_type(sql_text& sql, const std::optional<std::string>& company,
                    std::string_view comparison, const auto& add_value, const std::string& end) {
  sql.add("(SELECT type FROM event_log WHERE ");
  if (company) {
    sql.add("company_id <> '' AND (company_id, type) ").add(comparison).add(" (");
    sql.value(*company).add(", ");
    add_value();
    sql.add(") AND (company_id, type) < (").value(*company).add(", ").value(end);
    sql.add(") ORDER BY company_id, type LIMIT 1)");
    return;
  }
  sql.add("type ").add(comparison).add(" ");
  add_value();
  sql.add(" AND type < ").value(end).add(" ORDER BY type LIMIT 1)");
}

/// The types below a prefix, each by one index look-up.
void add_types_below(std::vector<std::string>& types, connection& db, const std::string& prefix,
                     const std::optional<std::string>& company) {
  sql_text sql;
  auto end = end_of(prefix);
  sql.add("WITH RECURSIVE names (name) AS (");
  add_first_type(
    sql, company, ">=", [&] { sql.value(prefix); }, end);
  sql.add(" UNION ALL SELECT ");
  add_first_type(
    sql, company, ">", [&] { sql.add("names.name"); }, end);
  sql.add(
    " FROM names WHERE name IS NOT NULL) SELECT name FROM names WHERE name IS NOT NULL LIMIT ");
  sql.value(most_types + 1);
  for (const auto& row : db.ask(sql.text(), sql.parameters()))
    types.push_back(text_of(row[0]));
}

/// The types that a filter matches; empty if there are too many.
std::optional<std::vector<std::string>> types_of(connection& db, const event_filter& filter) {
  std::vector<std::string> types;
  auto company = has_key(filter.company_id) ? filter.company_id : std::nullopt;
  for (const auto& x : filter.types) {
    if (types.size() > most_types)
      return std::nullopt;
    if (!x.exact().empty())
      types.push_back(x.exact());
    else
      add_types_below(types, db, x.prefix(), company);
  }
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  if (types.size() > most_types)
    return std::nullopt;
  return types;
}

void add_types(sql_text& sql, const std::vector<type_pattern>& types) {
  sql.add("(");
  for (std::string_view before; const auto& x : types) {
    sql.add(std::exchange(before, " OR "));
    if (!x.exact().empty())
      sql.add("type = ").value(x.exact());
    else
      sql.add("(type >= ").value(x.prefix()).add(" AND type < ").value(end_of(x.prefix())).add(")");
  }
  sql.add(")");
}

/// The index of one column.
access_path by_column(std::string column, const event_filter& filter,
                      std::optional<std::string> event_filter::*key) {
  auto out = access_path::along_log(filter);
  (out.rest.*key).reset();
  out.columns.push_back(std::move(column));
  out.parts = {{*(filter.*key)}};
  return out;
}

/// The index of types, or of a company's.
access_path by_types(const event_filter& filter, std::vector<std::string> types) {
  auto out = access_path::along_log(filter);
  const bool of_company = has_key(filter.company_id);
  out.rest.types.clear();
  out.parts.clear();
  if (of_company) {
    out.rest.company_id.reset();
    out.columns.emplace_back("company_id");
  }
  out.columns.emplace_back("type");
  for (auto& x : types) {
    auto& part = out.parts.emplace_back();
    if (of_company)
      part.push_back(*filter.company_id);
    part.push_back(std::move(x));
  }
  return out;
}

/// `(a, b, seq)`
void add_columns(sql_text& sql, const access_path& path) {
  sql.add("(");
  for (const auto& x : path.columns)
    sql.add(x).add(", ");
  sql.add("seq)");
}

} // namespace

access_path access_path::along_log(const event_filter& filter) {
  auto rest = filter;
  // Readers look into events themselves.
  rest.payload = {};
  if (!names_types(filter))
    rest.types.clear();
  return {{}, {{}}, std::move(rest)};
}

access_path choose_path(connection& db, const event_filter& filter) {
  if (has_key(filter.correlation_id))
    return by_column("correlation_id", filter, &event_filter::correlation_id);
  if (has_key(filter.user_id))
    return by_column("user_id", filter, &event_filter::user_id);
  if (names_types(filter)) {
    if (auto types = types_of(db, filter))
      return by_types(filter, std::move(*types));
  }
  if (has_key(filter.company_id))
    return by_column("company_id", filter, &event_filter::company_id);
  return access_path::along_log(filter);
}

void add_range(sql_text& sql, const access_path& path, size_t part, const segment& x) {
  // The empty value of these columns is not indexed. Comparing a row instead of single columns
  // leaves no other index that has the order.
  for (const auto& column : path.columns)
    if (column != "type")
      sql.add(column).add(" <> '' AND ");
  auto add_bound = [&](std::string_view comparison, position seq) {
    add_columns(sql, path);
    sql.add(comparison).add("(");
    for (const auto& value : path.parts[part])
      sql.value(value).add(", ");
    sql.value(seq).add(")");
  };
  add_bound(" >= ", x.low);
  sql.add(" AND ");
  add_bound(" <= ", x.high);
}

void add_order(sql_text& sql, const access_path& path, bool descending) {
  std::string_view direction = descending ? " DESC" : "";
  sql.add(" ORDER BY ");
  for (const auto& x : path.columns)
    sql.add(x).add(direction).add(", ");
  sql.add("seq").add(direction);
}

void add_conditions(sql_text& sql, const event_filter& x, std::string_view before) {
  conjunction next{before};
  if (x.company_id)
    sql.add(next()).add("company_id = ").value(*x.company_id);
  if (x.user_id)
    sql.add(next()).add("user_id = ").value(*x.user_id);
  if (x.correlation_id)
    sql.add(next()).add("correlation_id = ").value(*x.correlation_id);
  if (x.from)
    sql.add(next()).add("time >= ").value(to_micros(*x.from));
  if (x.to)
    sql.add(next()).add("time < ").value(to_micros(*x.to));
  if (!x.types.empty())
    add_types(sql.add(next()), x.types);
}

} // namespace carillon::postgres
