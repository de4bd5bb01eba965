#include "persistence/state/schedules/schedule_counts.hpp"

#include <string>

namespace carillon::sql {

namespace {

namespace q {

const sql_query count_timed{"count_timed",
                            "SELECT n FROM schedule_counts WHERE kind = ?1 AND company_id = ?2"};
const sql_query add_timed{
  "add_timed", "INSERT INTO schedule_counts (kind, company_id, n) VALUES (?1, ?2, ?3) "
               "ON CONFLICT (kind, company_id) DO UPDATE SET n = schedule_counts.n + excluded.n"};

} // namespace q

} // namespace

void schedule_counts::add(counted what, std::string_view company, int64_t n) {
  const auto kind = static_cast<int64_t>(what);
  db_.sql().run(q::add_timed, kind, company, n);
  db_.sql().run(q::add_timed, kind + 1, std::string_view{}, n);
}

std::optional<failure> schedule_counts::refusal(counted what, std::string_view company) {
  const auto kind = static_cast<int64_t>(what);
  const auto is_schedule = what == counted::schedules;
  const auto& most = is_schedule ? schedules_ : delayed_;
  const std::string things = is_schedule ? " schedules" : " events that wait for their time";
  if (count(kind + 1, {}) >= most.all)
    return failure{ec::overloaded,
                   "there are " + std::to_string(most.all) + things + ", which is the limit",
                   {}};
  if (!company.empty() && count(kind, company) >= most.of_company)
    return failure{ec::quota_exceeded,
                   "the company has " + std::to_string(most.of_company) + things
                     + ", which is its limit",
                   {}};
  return std::nullopt;
}

uint64_t schedule_counts::count(int64_t kind, std::string_view company) {
  auto row = db_.sql().query(q::count_timed, kind, company);
  return row.next() ? row->number(0) : 0;
}

} // namespace carillon::sql
