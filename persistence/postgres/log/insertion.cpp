#include "persistence/postgres/log/insertion.hpp"

#include "base/time.hpp"
#include "persistence/postgres/faults.hpp"

namespace carillon::postgres {

namespace {

/// `division_by_zero`: a check that needs no function in the database.
constexpr const char* failed_check = "22012";

} // namespace

std::string statements_to_prepare_few() {
  return "PREPARE check_log (bigint, bigint) AS SELECT 1 / (CASE WHEN $1 = coalesce((SELECT "
         "max(seq) FROM event_log), 0) AND ($2 = 0 OR $2 = (SELECT epoch FROM node_lease)) THEN 1 "
         "ELSE 0 END); "
         "PREPARE insert_event (bigint, text, bigint, text, text, text, text, text, bigint, text, "
         "text, smallint, json, json, smallint) AS INSERT INTO event_log (seq, type, time, "
         "company_id, "
         "user_id, correlation_id, id, source, recorded_at, causation_id, traceparent, audience, "
         "metadata, data, hops) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
         "$14, "
         "$15); ";
}

std::string statements_to_check(position head, int64_t epoch) {
  return "EXECUTE lock_log; EXECUTE check_log (" + std::to_string(head) + ", "
         + std::to_string(epoch) + "); ";
}

bool is_elsewhere(const std::exception& x) noexcept {
  return state_of(x) == failed_check;
}

std::string statement_to_insert(connection& db, const event& x) {
  std::string out = "EXECUTE insert_event (" + std::to_string(x.seq);
  auto add = [&](const std::string& value) { out += ", " + value; };
  add(db.quote(x.type));
  add(std::to_string(to_micros(x.time)));
  for (const auto* text : {&x.company_id, &x.user_id, &x.correlation_id, &x.id, &x.source})
    add(db.quote(*text));
  add(std::to_string(to_micros(x.recorded_at)));
  for (const auto* text : {&x.causation_id, &x.traceparent})
    add(db.quote(*text));
  add(std::to_string(static_cast<int>(x.audience)));
  for (const auto* json : {&x.metadata, &x.data})
    add(db.quote(*json));
  add(std::to_string(x.hops));
  return out + "); ";
}

} // namespace carillon::postgres
