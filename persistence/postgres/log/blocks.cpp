#include "persistence/postgres/log/blocks.hpp"

namespace carillon::postgres {

std::string statement_to_close_blocks(const segment& appended) {
  auto first = appended.low >> block_bits;
  auto end = (appended.high + 1) >> block_bits;
  if (first >= end)
    return {};
  const std::string hour = hour_of_event;
  return "WITH events AS MATERIALIZED (SELECT seq, time, type, company_id FROM event_log "
         "WHERE seq >= "
         + std::to_string(begin_of_block(first)) + " AND seq < "
         + std::to_string(begin_of_block(end)) + "), counted AS MATERIALIZED (SELECT " + hour
         + " AS hour, type, company_id, count(*) AS count FROM events GROUP BY 1, 2, 3), "
           "companies AS (INSERT INTO event_counts AS c (hour, type, company_id, count) "
           "SELECT hour, type, company_id, count FROM counted "
           "ON CONFLICT (company_id, hour, type) DO UPDATE SET count = c.count + excluded.count), "
           "totals AS (INSERT INTO event_totals AS c (hour, type, count) "
           "SELECT hour, type, sum(count) FROM counted GROUP BY 1, 2 "
           "ON CONFLICT (hour, type) DO UPDATE SET count = c.count + excluded.count), "
           "types AS (INSERT INTO event_type_totals AS c (type, count) "
           "SELECT type, sum(count) FROM counted GROUP BY 1 "
           "ON CONFLICT (type) DO UPDATE SET count = c.count + excluded.count) "
           "INSERT INTO event_zones SELECT seq >> "
         + std::to_string(block_bits) + ", min(time), max(time) FROM events GROUP BY 1; ";
}

} // namespace carillon::postgres
