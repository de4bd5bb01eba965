#include "persistence/postgres/event_counters.hpp"

#include "persistence/hours.hpp"
#include "persistence/postgres/array_literal.hpp"

#include <map>
#include <tuple>

namespace carillon::postgres {

std::string statements_to_prepare_counting() {
  return "PREPARE count_companies (bigint[], text[], text[], bigint[]) AS "
         "INSERT INTO event_counts AS c (hour, type, company_id, count) "
         "SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT (company_id, hour, type) DO UPDATE SET "
         "count = c.count + excluded.count; "
         "PREPARE count_totals (bigint[], text[], bigint[]) AS "
         "INSERT INTO event_totals AS c (hour, type, count) "
         "SELECT * FROM unnest($1, $2, $3) ON CONFLICT (hour, type) DO UPDATE SET "
         "count = c.count + excluded.count; ";
}

std::string statements_to_count(connection& db, const std::vector<event_ptr>& xs) {
  using key = std::tuple<int64_t, std::string_view, std::string_view>;
  std::map<key, uint64_t> companies;
  std::map<std::pair<int64_t, std::string_view>, uint64_t> totals;
  for (const auto& x : xs) {
    auto hour = hour_of(x->time);
    ++totals[{hour, x->type}];
    ++companies[{hour, x->type, x->company_id}];
  }
  array_literal hours;
  array_literal types;
  array_literal names;
  array_literal counts;
  for (const auto& [at, count] : companies) {
    const auto& [hour, type, company] = at;
    hours.add(hour);
    types.add(type);
    names.add(company);
    counts.add(count);
  }
  auto out = "EXECUTE count_companies ('" + hours.text() + "', " + db.quote(types.text()) + ", "
             + db.quote(names.text()) + ", '" + counts.text() + "'); ";
  array_literal total_hours;
  array_literal total_types;
  array_literal total_counts;
  for (const auto& [at, count] : totals) {
    total_hours.add(at.first);
    total_types.add(at.second);
    total_counts.add(count);
  }
  return out + "EXECUTE count_totals ('" + total_hours.text() + "', " + db.quote(total_types.text())
         + ", '" + total_counts.text() + "'); ";
}

} // namespace carillon::postgres
