#include "persistence/hours.hpp"
#include "persistence/state/sql_state_store.hpp"

#include <algorithm>
#include <limits>
#include <map>

#define CARILLON_METRICS "SELECT hour, type, company_id, count FROM metric_counters "

namespace carillon::sql {

namespace {

namespace q {

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

expected<metric_rows> sql_state_store::metrics(const query_metrics& x) {
  return reading([&]() -> expected<metric_rows> {
    auto& sql = link_->sql;
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
