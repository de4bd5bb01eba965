#include "persistence/state/measures/measure_cells.hpp"

#include "persistence/hours.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#define CARILLON_CELLS                                                                             \
  "SELECT hour, company_id, grp, type, count, skipped, sum, least, most, sketch "                  \
  "FROM measure_cells WHERE definition = ?1 AND hour >= ?2 AND hour < ?3 "

namespace carillon::sql {

namespace {

namespace q {

const sql_query measure_cell{"measure_cell",
                             "SELECT count, skipped, sum, least, most, sketch FROM measure_cells "
                             "WHERE definition = ?1 AND company_id = ?2 AND hour = ?3 AND grp = ?4 "
                             "AND type = ?5"};
const sql_query put_measure_cell{
  "put_measure_cell",
  "INSERT INTO measure_cells (definition, company_id, hour, grp, type, count, skipped, sum, "
  "least, most, sketch) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
  "ON CONFLICT (definition, company_id, hour, grp, type) DO UPDATE SET count = excluded.count, "
  "skipped = excluded.skipped, sum = excluded.sum, least = excluded.least, "
  "most = excluded.most, sketch = excluded.sketch"};
const sql_query measure_groups{
  "measure_groups", "SELECT grp FROM measure_cells "
                    "WHERE definition = ?1 AND company_id = ?2 AND hour = ?3 AND grp >= '=' "
                    "AND grp < '>' GROUP BY grp ORDER BY grp"};
const sql_query measure_series{
  "measure_series", CARILLON_CELLS "ORDER BY hour, company_id, grp, type", row_count::many};
const sql_query measure_series_of_company{
  "measure_series_of_company", CARILLON_CELLS "AND company_id = ?4 ORDER BY hour, grp, type",
  row_count::many};
const sql_query measure_hour_at{"measure_hour_at",
                                "SELECT hour FROM measure_cells WHERE definition = ?1 "
                                "ORDER BY hour LIMIT 1 OFFSET ?2"};
const sql_query erase_measure_cells{
  "erase_measure_cells", "DELETE FROM measure_cells WHERE definition = ?1 AND hour <= ?2"};

} // namespace q

/// Cells that one transaction deletes, and those of the same hour.
constexpr uint64_t erased_at_once = 1'000;

std::string text_or_empty(const std::optional<decimal>& x) {
  return x ? x->text() : std::string{};
}

measure_cell measured_in(const statement& row, int column) {
  measure_cell out;
  out.count = row.number(column);
  out.skipped = row.number(column + 1);
  const auto sum = decimal::from_text(row.text(column + 2));
  auto sketch = distinct_count::from_bytes(row.text(column + 5));
  if (!sum || !sketch)
    throw damage{"what a definition has measured cannot be read"};
  out.sum = *sum;
  out.least = decimal::from_text(row.text(column + 3));
  out.most = decimal::from_text(row.text(column + 4));
  out.distinct = std::move(*sketch);
  return out;
}

measure_row row_of_series(const statement& row) {
  return {.begin = begin_of_hour(row.integer(0)),
          .company_id = row.string(1),
          .group = row.string(2),
          .type = row.string(3),
          .cell = measured_in(row, 4)};
}

std::vector<measure_row> series_by_hour(rows& all, size_t limit) {
  std::vector<measure_row> out;
  while (out.size() < limit && all.next())
    out.push_back(row_of_series(*all));
  return out;
}

/// Rows come by hour, so that a day is complete when the next one begins. Once a row of it has been
/// dropped, as enough others come before it, none that comes after it is kept, so what is kept is
/// complete. Memory: `limit` rows, however many companies a day has.
std::vector<measure_row> series_by_day(rows& all, size_t limit) {
  std::vector<measure_row> out;
  std::map<std::tuple<std::string, std::string, std::string>, measure_cell> day;
  int64_t begin = 0;
  const auto finish_day = [&] {
    for (auto& [key, cell] : day)
      if (out.size() < limit)
        out.push_back({begin_of_hour(begin), std::get<0>(key), std::get<1>(key), std::get<2>(key),
                       std::move(cell)});
    day.clear();
  };
  while (out.size() < limit && all.next()) {
    const auto next = first_hour_of_day(all->integer(0));
    if (next != begin)
      finish_day();
    begin = next;
    day[{all->string(1), all->string(2), all->string(3)}].add(measured_in(*all, 4));
    if (day.size() > limit - out.size())
      day.erase(std::prev(day.end()));
  }
  finish_day();
  return out;
}

} // namespace

void measure_cells::add(std::span<const measure_delta> xs) {
  for (auto& [key, cell] : summed(xs))
    write(key, std::move(cell));
}

measure_cells::cells measure_cells::summed(std::span<const measure_delta> xs) {
  // Of each definition, company and hour: a query for all of their groups costs less than one for
  // each.
  std::map<std::tuple<uint64_t, std::string_view, int64_t>, std::set<std::string>> known;
  const auto groups_of = [&](const measure_key& x) -> std::set<std::string>& {
    auto [at, made] = known.try_emplace({x.definition, x.company_id, x.hour});
    if (made) {
      auto row
        = db_.sql().query(q::measure_groups, x.definition, std::string_view{x.company_id}, x.hour);
      while (row.next())
        at->second.insert(row->string(0));
    }
    return at->second;
  };
  cells out;
  for (const auto& x : xs) {
    auto key = x.key;
    if (!key.group.empty() && key.group != other_group) {
      auto& groups = groups_of(x.key);
      if (!groups.contains(key.group)) {
        if (groups.size() < measure_limits::groups)
          groups.insert(key.group);
        else
          key.group = other_group;
      }
    }
    out[std::move(key)].add(x.cell);
  }
  return out;
}

void measure_cells::write(const measure_key& key, measure_cell cell) {
  const std::string_view company{key.company_id};
  const std::string_view group{key.group};
  const std::string_view type{key.type};
  {
    auto row = db_.sql().query(q::measure_cell, key.definition, company, key.hour, group, type);
    if (row.next())
      cell.add(measured_in(*row, 0));
  }
  const auto sum = cell.sum.text();
  const auto least = text_or_empty(cell.least);
  const auto most = text_or_empty(cell.most);
  const auto sketch = cell.distinct.bytes();
  db_.sql().run(q::put_measure_cell, key.definition, company, key.hour, group, type, cell.count,
                cell.skipped, std::string_view{sum}, std::string_view{least},
                std::string_view{most}, blob_view{sketch});
}

std::vector<measure_row> measure_cells::read(uint64_t id, const query_measures& x) {
  const hour_range hours{x.from, x.to};
  const auto limit = std::clamp<size_t>(x.limit, 1, 10'000);
  const auto take
    = [&](rows all) { return x.by_day ? series_by_day(all, limit) : series_by_hour(all, limit); };
  if (!x.company_id)
    return take(db_.sql().query(q::measure_series, id, hours.from, hours.to));
  const std::string_view company{*x.company_id};
  return take(db_.sql().query(q::measure_series_of_company, id, hours.from, hours.to, company));
}

bool measure_cells::erase_some(uint64_t id) {
  std::optional<int64_t> hour;
  {
    auto row = db_.sql().query(q::measure_hour_at, id, erased_at_once - 1);
    if (row.next())
      hour = row->integer(0);
  }
  db_.sql().run(q::erase_measure_cells, id, hour.value_or(std::numeric_limits<int64_t>::max()));
  return hour.has_value();
}

} // namespace carillon::sql
