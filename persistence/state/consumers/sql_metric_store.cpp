#include "persistence/state/consumers/sql_metric_store.hpp"

#include "persistence/hours.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#define CARILLON_METRICS "SELECT hour, type, company_id, count FROM metric_counters "

namespace carillon::sql {

namespace {

namespace q {

const sql_query add_metric{"add_metric", "INSERT INTO metric_counters VALUES (?1, ?2, ?3, ?4) "
                                         "ON CONFLICT (hour, type, company_id) DO UPDATE SET "
                                         "count = metric_counters.count + excluded.count"};
const sql_query metrics{
  "metrics", CARILLON_METRICS "WHERE hour >= ?1 AND hour < ?2 ORDER BY hour, type, company_id",
  row_count::many};
const sql_query metrics_of_type{
  "metrics_of_type",
  CARILLON_METRICS "WHERE hour >= ?1 AND hour < ?2 AND type = ?3 ORDER BY hour, company_id",
  row_count::many};
const sql_query metrics_of_company{
  "metrics_of_company",
  CARILLON_METRICS "WHERE hour >= ?1 AND hour < ?2 AND company_id = ?3 ORDER BY hour, type",
  row_count::many};
const sql_query metrics_of_both{
  "metrics_of_both",
  CARILLON_METRICS "WHERE hour >= ?1 AND hour < ?2 AND company_id = ?3 AND type = ?4 ORDER BY hour",
  row_count::many};

} // namespace q

/// Hour, type, company.
using counter_key = std::tuple<int64_t, std::string_view, std::string_view>;

/// Each counter once: changing a row costs far more than adding here.
std::map<counter_key, uint64_t> summed(const std::vector<counter_delta>& xs) {
  std::map<counter_key, uint64_t> out;
  for (const auto& x : xs)
    out[{hour_of(x.hour), x.type, x.company_id}] += x.add;
  return out;
}

metric_row metric_of(const statement& row) {
  return {.begin = begin_of_hour(row.integer(0)),
          .type = row.string(1),
          .company_id = row.string(2),
          .count = row.number(3)};
}

metric_rows by_hour(rows& all, size_t limit) {
  metric_rows result;
  while (result.size() < limit && all.next())
    result.push_back(metric_of(*all));
  return result;
}

/// Rows come by hour, so that a day is complete when the next one begins.
metric_rows by_day(rows& all, size_t limit) {
  metric_rows result;
  std::map<std::pair<std::string, std::string>, uint64_t> sums;
  int64_t day = 0;
  const auto finish_day = [&] {
    for (auto& [key, count] : sums)
      if (result.size() < limit)
        result.push_back({begin_of_hour(day), key.first, key.second, count});
    sums.clear();
  };
  while (result.size() < limit && all.next()) {
    const auto next_day = first_hour_of_day(all->integer(0));
    if (next_day != day)
      finish_day();
    day = next_day;
    sums[{all->string(1), all->string(2)}] += all->number(3);
  }
  finish_day();
  return result;
}

} // namespace

void sql_metric_store::apply(const effects& x, timestamp /*now*/) {
  for (const auto& [key, add] : summed(x.all<counter_delta>())) {
    const auto& [hour, type, company] = key;
    db_.sql().run(q::add_metric, hour, type, company, add);
  }
}

expected<metric_rows> sql_metric_store::query(const query_metrics& x) {
  return db_.reading([&]() -> expected<metric_rows> {
    auto& sql = db_.sql();
    const auto from = x.from ? hour_of(*x.from) : std::numeric_limits<int64_t>::min();
    const auto to = x.to ? hour_after(*x.to) : std::numeric_limits<int64_t>::max();
    const auto limit = std::clamp<size_t>(x.limit, 1, 10'000);
    const auto take = [&](rows all) -> metric_rows {
      return x.by_day ? by_day(all, limit) : by_hour(all, limit);
    };
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    const std::string_view type{x.type ? *x.type : std::string_view{}};
    if (x.company_id && x.type)
      return take(sql.query(q::metrics_of_both, from, to, company, type));
    if (x.company_id)
      return take(sql.query(q::metrics_of_company, from, to, company));
    if (x.type)
      return take(sql.query(q::metrics_of_type, from, to, type));
    return take(sql.query(q::metrics, from, to));
  });
}

} // namespace carillon::sql
