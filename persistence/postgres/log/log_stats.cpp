#include "base/time.hpp"
#include "persistence/hours.hpp"
#include "persistence/postgres/log/blocks.hpp"
#include "persistence/postgres/log/event_row.hpp"
#include "persistence/postgres/log/event_search.hpp"
#include "persistence/postgres/log/log.hpp"
#include "persistence/postgres/log/zones.hpp"

#include <algorithm>
#include <limits>

// Counting: the parts of the log that examine more than a page.

namespace carillon::postgres {

namespace {

using clock = std::chrono::steady_clock;

/// SQLSTATE of a statement that took too long.
constexpr const char* cancelled = "57014";

failure too_slow() {
  return {ec::timeout, "counting took too long; narrow the filter down or try again later", {}};
}

/// Events of a path within a range.
uint64_t count_segment(connection& db, const access_path& path, const segment& x,
                       clock::time_point end) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
  sql_text sql;
  sql.add("SELECT sum(count)::bigint FROM (");
  for (size_t part = 0; part < path.parts.size(); ++part) {
    sql.add(part == 0 ? "" : " UNION ALL ").add("SELECT count(*) AS count FROM event_log WHERE ");
    add_range(sql, path, part, x);
    add_conditions(sql, path.rest, " AND ");
  }
  sql.add(") AS counts");
  db.begin("BEGIN READ ONLY; SET LOCAL statement_timeout = "
           + std::to_string(std::max<int64_t>(left.count(), 1)));
  auto found = db.run_once(sql.text(), sql.parameters());
  db.rollback();
  return found[0][0].as<uint64_t>();
}

/// Events of which only a look tells whether they match.
expected<uint64_t> count_by_look(connection& db, const event_filter& filter, position last,
                                 size_t budget, clock::time_point end) {
  constexpr size_t at_a_time = 500;
  uint64_t sum = 0;
  std::optional<position> next = 0;
  while (next && *next < last) {
    event_search search{db, filter, sort_order::ascending, {*next + 1, last}, budget};
    for (auto found = search.next(at_a_time); !found.empty(); found = search.next(at_a_time)) {
      for (const auto& x : found)
        sum += matches_payload(filter.payload, keys_of(*x)) ? 1 : 0;
      if (clock::now() >= end)
        return too_slow();
    }
    const auto rest = search.rest();
    if (rest && *rest <= *next)
      break;
    next = rest;
  }
  return sum;
}

uint64_t count_all(connection& db, const event_filter& filter, position last,
                   clock::time_point end) {
  auto path = choose_path(db, filter);
  if (path.parts.empty())
    return 0;
  uint64_t sum = 0;
  segments next{{{1, last}}, false};
  if (filter.from || filter.to)
    next = segments_of(db, filter, next.parts.front(), sort_order::ascending);
  for (;;) {
    for (const auto& x : next.parts)
      sum += count_segment(db, path, x, end);
    if (!next.more)
      return sum;
    segment rest{next.parts.back().high + 1, last};
    next = segments_of(db, filter, rest, sort_order::ascending);
  }
}

/// Adds the counters of closed blocks.
void add_counters(sql_text& sql, const stats_request& x) {
  if (x.bucket == stats_bucket::none && !x.company_id && !x.from && !x.to) {
    sql.add("SELECT 0::bigint AS hour, type, count FROM event_type_totals");
    return;
  }
  sql.add("SELECT hour, type, count FROM ").add(x.company_id ? "event_counts" : "event_totals");
  conjunction next{" WHERE "};
  if (x.company_id)
    sql.add(next()).add("company_id = ").value(*x.company_id);
  if (x.from)
    sql.add(next()).add("hour >= ").value(hour_of(*x.from));
  if (x.to)
    sql.add(next()).add("hour < ").value(hour_after(*x.to));
}

/// Adds events that are not in the counters yet.
/// @param columns those that are counted
template <class Request>
void add_tail(sql_text& sql, const Request& x, std::string_view columns) {
  sql.add("SELECT ")
    .add(hour_of_event)
    .add(", ")
    .add(columns)
    .add(", 1 FROM event_log WHERE seq >= ")
    .add(end_of_closed_blocks);
  if (x.company_id)
    sql.add(" AND company_id = ").value(*x.company_id);
  if (x.from)
    sql.add(" AND time >= ").value(to_micros(begin_of_hour(hour_of(*x.from))));
  if (x.to)
    sql.add(" AND time < ").value(to_micros(begin_of_hour(hour_after(*x.to))));
}

/// Adds the conditions on counters of closed blocks, each after the word that joins it.
void add_wanted(sql_text& sql, const counters_request& x, conjunction& next) {
  if (x.company_id)
    sql.add(next()).add("company_id = ").value(*x.company_id);
  if (x.type)
    sql.add(next()).add("type = ").value(*x.type);
  if (x.from)
    sql.add(next()).add("hour >= ").value(hour_of(*x.from));
  if (x.to)
    sql.add(next()).add("hour < ").value(hour_after(*x.to));
}

/// The hour behind which no counter of a closed block is among the first `limit` rows. A row of a
/// day is the sum of at most 24 counters of a type and company, so the first 24 times as many
/// counters end in the last day of these rows.
int64_t end_of_first(connection& db, const counters_request& x, size_t limit) {
  sql_text sql;
  sql.add("SELECT hour FROM event_counts");
  conjunction next{" WHERE "};
  add_wanted(sql, x, next);
  sql.add(" ORDER BY hour LIMIT 1 OFFSET ").value((x.by_day ? 24 * limit : limit) - 1);
  const auto last = db.ask(sql.text(), sql.parameters());
  if (last.empty())
    return std::numeric_limits<int64_t>::max();
  const auto hour = last[0][0].as<int64_t>();
  return x.by_day ? first_hour_of_day(hour) + 24 : hour + 1;
}

} // namespace

expected<uint64_t> log::count(const count_request& x, std::chrono::milliseconds deadline) {
  const auto end = clock::now() + deadline;
  return guarded([&]() -> expected<uint64_t> {
    auto last = std::min(x.up_to, current_head());
    if (x.filter.is_everything() || last == 0)
      return last;
    if (!x.filter.payload.is_everything())
      return count_by_look(db_, x.filter, last, budget_, end);
    try {
      return count_all(db_, x.filter, last, end);
    } catch (const pqxx::sql_error& error) {
      db_.rollback();
      if (error.sqlstate() != cancelled)
        throw;
      return too_slow();
    }
  });
}

expected<stats_result> log::stats(const stats_request& x) {
  return guarded([&]() -> expected<stats_result> {
    sql_text sql;
    sql.add("SELECT ")
      .add(x.bucket == stats_bucket::hour  ? "hour"
           : x.bucket == stats_bucket::day ? "(hour - ((hour % 24) + 24) % 24)"
                                           : "0::bigint")
      .add(" AS bucket, type, sum(count)::bigint FROM (");
    add_counters(sql, x);
    sql.add(" UNION ALL ");
    add_tail(sql, x, "type");
    sql.add(") AS counted GROUP BY bucket, type ORDER BY bucket, type");
    stats_result out;
    for (const auto& row : db_.ask(sql.text(), sql.parameters())) {
      auto begin = begin_of_hour(row[0].as<int64_t>());
      if (out.rows.empty() || out.rows.back().begin != begin)
        out.rows.push_back({begin, {}});
      out.rows.back().counts.emplace(text_of(row[1]), row[2].as<uint64_t>());
    }
    return out;
  });
}

expected<counter_rows> log::counters(const counters_request& x) {
  return guarded([&]() -> expected<counter_rows> {
    const auto limit = std::clamp<size_t>(x.limit, 1, 10'000);
    // A statement of its own, so that the next one is planned for the hours that it reads.
    const auto end = end_of_first(db_, x, limit);
    sql_text sql;
    sql.add("SELECT ")
      .add(x.by_day ? "(hour - ((hour % 24) + 24) % 24)" : "hour")
      .add(" AS bucket, type, company_id, sum(count)::bigint FROM (");
    sql.add("SELECT hour, type, company_id, count FROM event_counts");
    conjunction next{" WHERE "};
    add_wanted(sql, x, next);
    sql.add(next()).add("hour < ").value(end).add(" UNION ALL ");
    add_tail(sql, x, "type, company_id");
    if (x.type)
      sql.add(" AND type = ").value(*x.type);
    sql
      .add(
        ") AS counted GROUP BY bucket, type, company_id ORDER BY bucket, type, company_id LIMIT ")
      .value(limit);
    counter_rows out;
    for (const auto& row : db_.ask(sql.text(), sql.parameters()))
      out.push_back({begin_of_hour(row[0].as<int64_t>()), text_of(row[1]), text_of(row[2]),
                     row[3].as<uint64_t>()});
    return out;
  });
}

} // namespace carillon::postgres
