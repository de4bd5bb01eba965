#include "tests/persistence/postgres/many_events.hpp"

#include <vector>

namespace carillon::test {

namespace {

/// 100 companies of 100 users each, six types, five events of a correlation; one event in a million
/// is of a type, a company and a user that have nothing else.
constexpr const char* events = R"(
  INSERT INTO event_log (seq, type, time, company_id, user_id, correlation_id, id, source, recorded_at,
    causation_id, traceparent, audience, metadata, data)
  SELECT i,
    CASE WHEN i % 1000000 = 7 THEN 'rare.type'
         ELSE (ARRAY['order.created', 'order.shipped', 'user.login', 'user.created',
                     'payment.received', 'payment.failed'])[1 + i % 6] END,
    $1::bigint + (i + i * 7919 % 1800) * 1000000,
    CASE WHEN i % 1000000 = 7 THEN 'c-rare' ELSE 'c-' || i * 31 % 100 END,
    CASE WHEN i % 1000000 = 7 THEN 'u-rare' ELSE 'u-' || i * 31 % 10000 END,
    'k-' || i / 5, 'e-' || i, 'shop', $1::bigint + i * 1000000, '', '', 1, '{}',
    ('{"total":' || i % 1000 || '}')::json
  FROM generate_series(1, $2::bigint) AS i)";

// Of the blocks that are complete.
constexpr const char* zones = "INSERT INTO event_zones SELECT seq >> 12, min(time), max(time) "
                              "FROM event_log WHERE seq < (($1::bigint + 1) >> 12 << 12) "
                              "GROUP BY 1";
constexpr const char* counts
  = "INSERT INTO event_counts (hour, type, company_id, count) "
    "SELECT time / 3600000000, type, company_id, count(*) FROM event_log "
    "WHERE seq < (($1::bigint + 1) >> 12 << 12) GROUP BY 1, 2, 3";
constexpr const char* totals = "INSERT INTO event_totals (hour, type, count) "
                               "SELECT hour, type, sum(count) FROM event_counts GROUP BY 1, 2";

constexpr const char* type_totals = "INSERT INTO event_type_totals (type, count) "
                                    "SELECT type, sum(count) FROM event_totals GROUP BY 1";

} // namespace

void many_events::fill(const own_postgres& server) const {
  pqxx::connection db{server.url()};
  pqxx::nontransaction work{db};
  work.exec("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; "
            "SET work_mem = '256MB'");
  std::vector<std::string> made;
  for (const auto& row :
       work.exec("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'event_log' "
                 "AND indexname <> 'event_log_pkey'")) {
    made.push_back(row[1].as<std::string>());
    work.exec("DROP INDEX " + row[0].as<std::string>());
  }
  work.exec_params(events, to_micros(begin), count);
  for (const auto& x : made)
    work.exec(x);
  work.exec_params(zones, count);
  work.exec_params(counts, count);
  work.exec(totals);
  work.exec(type_totals);
}

} // namespace carillon::test
