#include "persistence/state/pages.hpp"
#include "persistence/state/sql_state_store.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

// For SQLite, CROSS JOIN fixes the order of the tables: the page comes from the first.
#define CARILLON_WEBHOOKS_BY(join)                                                                 \
  "SELECT w.id, w.company_id, w.url, w.types, w.ordered, w.max_in_flight, w.rate_per_second, "     \
  "w.retry_schedule, w.headers, w.description, w.disabled_reason, w.created_at, w.updated_at, "    \
  "a.awake_at, a.asleep_at, a.failing_since, "                                                     \
  "EXISTS (SELECT 1 FROM handler_retries WHERE consumer = 'webhook.' || w.id), "                   \
  "w.private_targets "                                                                             \
  "FROM webhooks w " join " webhook_activity a ON a.webhook_id = w.id "
#define CARILLON_WEBHOOKS(rest)                                                                    \
  CARILLON_WEBHOOKS_BY("CROSS JOIN") rest, CARILLON_WEBHOOKS_BY("JOIN") rest

namespace carillon::sql {

namespace {

namespace q {

const sql_query webhook_by_id{"webhook_by_id", CARILLON_WEBHOOKS("WHERE w.id = ?1")};
const sql_query webhook_exists{"webhook_exists", "SELECT 1 FROM webhooks WHERE id = ?1"};
const sql_query webhooks{"webhooks", CARILLON_WEBHOOKS("WHERE w.id > ?1 ORDER BY w.id LIMIT ?2")};
const sql_query webhooks_down{"webhooks_down",
                              CARILLON_WEBHOOKS("WHERE w.id < ?1 ORDER BY w.id DESC LIMIT ?2")};
const sql_query webhooks_of_company{
  "webhooks_of_company",
  CARILLON_WEBHOOKS("WHERE w.company_id = ?3 AND w.id > ?1 ORDER BY w.id LIMIT ?2")};
const sql_query webhooks_of_company_down{
  "webhooks_of_company_down",
  CARILLON_WEBHOOKS("WHERE w.company_id = ?3 AND w.id < ?1 ORDER BY w.id DESC LIMIT ?2")};
const sql_query secrets{
  "secrets", "SELECT sealed, created_at, expires_at FROM webhook_secrets WHERE webhook_id = ?1 "
             "ORDER BY number DESC"};

} // namespace q

} // namespace

expected<webhook> sql_state_store::find_webhook(uint64_t id,
                                                const std::optional<std::string>& company_id) {
  auto row = link_->sql.query(q::webhook_by_id, id);
  std::optional<webhook> found;
  if (row.next())
    found = webhook_of(*row);
  if (!found || (company_id && found->settings.company_id != *company_id))
    return failure{ec::not_found, "no webhook " + std::to_string(id), {}};
  return std::move(*found);
}

bool sql_state_store::knows_webhook(uint64_t id) {
  return link_->sql.query(q::webhook_exists, id).next();
}

expected<webhook_with_secrets> sql_state_store::get(const get_webhook& x) {
  return reading([&]() -> expected<webhook_with_secrets> {
    auto found = find_webhook(x.id, x.company_id);
    if (!found)
      return found.error();
    webhook_with_secrets out{std::move(*found), {}};
    auto row = link_->sql.query(q::secrets, x.id);
    while (row.next()) {
      auto& secret = out.secrets.emplace_back();
      secret.sealed = row->string(0);
      secret.created_at = from_micros(row->integer(1));
      if (!row->null(2))
        secret.expires_at = from_micros(row->integer(2));
    }
    return out;
  });
}

expected<webhook_page> sql_state_store::webhooks(const list_webhooks& x) {
  return reading([&]() -> expected<webhook_page> {
    auto& sql = link_->sql;
    const auto& p = x.page;
    const auto bound = bound_of(p);
    const auto limit = limit_of(p);
    const auto take = [&](rows all) {
      return take_page<webhook>(all, limit, webhook_of, [](const auto& w) { return w.id; });
    };
    if (p.company_id)
      return take(
        sql.query(either(p.ascending, q::webhooks_of_company, q::webhooks_of_company_down), bound,
                  limit + 1, std::string_view{*p.company_id}));
    return take(sql.query(either(p.ascending, q::webhooks, q::webhooks_down), bound, limit + 1));
  });
}

} // namespace carillon::sql
