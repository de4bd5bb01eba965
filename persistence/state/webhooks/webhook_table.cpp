#include "persistence/state/webhooks/webhook_table.hpp"

#include "persistence/state/webhooks/webhook_rows.hpp"

#include <utility>

namespace carillon::sql {

namespace {

namespace q {

const sql_query webhook_by_id{"webhook_by_id", CARILLON_WEBHOOKS("WHERE w.id = ?1")};
const sql_query webhook_exists{"webhook_exists", "SELECT 1 FROM webhooks WHERE id = ?1"};
const sql_query activate{"wake", "UPDATE webhook_activity SET awake_at = ?2 WHERE webhook_id = ?1 "
                                 "AND awake_at < ?2"};
const sql_query wake_after_sleep{
  "wake_after_sleep", "UPDATE webhook_activity SET awake_at = asleep_at + 1 WHERE webhook_id = ?1 "
                      "AND awake_at <= asleep_at"};
const sql_query set_failing{"set_failing",
                            "UPDATE webhook_activity SET failing_since = ?2 WHERE webhook_id = ?1"};

} // namespace q

} // namespace

expected<webhook> webhook_table::find(uint64_t id, const std::optional<std::string>& company_id) {
  auto row = db_.sql().query(q::webhook_by_id, id);
  std::optional<webhook> found;
  if (row.next())
    found = webhook_of(*row);
  if (!found || (company_id && found->settings.company_id != *company_id))
    return failure{ec::not_found, "no webhook " + std::to_string(id), {}};
  return std::move(*found);
}

bool webhook_table::knows(uint64_t id) {
  return db_.sql().query(q::webhook_exists, id).next();
}

void webhook_table::activate(uint64_t id, position at) {
  db_.sql().run(q::activate, id, at);
}

void webhook_table::wake_after_sleep(uint64_t id) {
  db_.sql().run(q::wake_after_sleep, id);
}

void webhook_table::set_failing(uint64_t id, const std::optional<timestamp>& since) {
  db_.sql().run(q::set_failing, id, since ? std::optional{to_micros(*since)} : std::nullopt);
}

} // namespace carillon::sql
