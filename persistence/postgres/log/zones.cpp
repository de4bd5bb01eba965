#include "persistence/postgres/log/zones.hpp"

#include "base/time.hpp"
#include "persistence/postgres/log/blocks.hpp"

#include <algorithm>
#include <limits>

namespace carillon::postgres {

namespace {

constexpr size_t most_segments = 64;

} // namespace

segments segments_of(connection& db, const event_filter& filter, const segment& all,
                     sort_order order) {
  constexpr auto least = std::numeric_limits<int64_t>::min();
  constexpr auto most = std::numeric_limits<int64_t>::max();
  const bool descending = order == sort_order::descending;
  sql_text sql;
  // Adjacent blocks form one range; the last line is the begin of the blocks without a zone.
  sql
    .add("(SELECT min(block), max(block) FROM (SELECT block, block - row_number() OVER "
         "(ORDER BY block) AS run FROM event_zones WHERE block >= ")
    .value(all.low >> block_bits)
    .add(" AND block <= ")
    .value(all.high >> block_bits)
    .add(" AND max_time >= ")
    .value(filter.from ? to_micros(*filter.from) : least)
    .add(" AND min_time < ")
    .value(filter.to ? to_micros(*filter.to) : most)
    .add(") AS zones GROUP BY run ORDER BY 1")
    .add(descending ? " DESC LIMIT " : " LIMIT ")
    .value(most_segments)
    .add(") UNION ALL SELECT coalesce(max(block) + 1, 0), NULL FROM event_zones");
  segments out;
  position zones_end = 0;
  for (const auto& row : db.ask(sql.text(), sql.parameters())) {
    if (row[1].is_null())
      zones_end = begin_of_block(row[0].as<position>());
    else
      out.parts.push_back({std::max(begin_of_block(row[0].as<position>()), all.low),
                           std::min(begin_of_block(row[1].as<position>() + 1) - 1, all.high)});
  }
  out.more = out.parts.size() == most_segments;
  segment rest{std::max(zones_end, all.low), all.high};
  if (rest.low > rest.high)
    return out;
  if (descending)
    out.parts.insert(out.parts.begin(), rest);
  else if (!out.more)
    out.parts.push_back(rest);
  return out;
}

} // namespace carillon::postgres
