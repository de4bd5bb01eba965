#include "persistence/state/pages.hpp"
#include "persistence/state/sql_state_store.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

namespace carillon::sql {

expected<webhook> sql_state_store::find_webhook(uint64_t id,
                                                const std::optional<std::string>& company_id) {
  auto row = link_->webhooks.query(webhook_query::webhook_by_id, id);
  std::optional<webhook> found;
  if (row.next())
    found = webhook_of(*row);
  if (!found || (company_id && found->settings.company_id != *company_id))
    return failure{ec::not_found, "no webhook " + std::to_string(id), {}};
  return std::move(*found);
}

bool sql_state_store::knows_webhook(uint64_t id) {
  return link_->webhooks.query(webhook_query::webhook_exists, id).next();
}

expected<webhook_with_secrets> sql_state_store::get(const get_webhook& x) {
  return reading([&]() -> expected<webhook_with_secrets> {
    auto found = find_webhook(x.id, x.company_id);
    if (!found)
      return found.error();
    webhook_with_secrets out{std::move(*found), {}};
    auto row = link_->webhooks.query(webhook_query::secrets, x.id);
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
    using q = webhook_query;
    auto& sql = link_->webhooks;
    const auto& p = x.page;
    const auto bound = bound_of(p);
    const auto limit = limit_of(p);
    const auto take = [&](rows all) {
      return take_page<webhook>(all, limit, webhook_of, [](const auto& w) { return w.id; });
    };
    if (p.company_id)
      return take(sql.query(p.ascending ? q::webhooks_of_company : q::webhooks_of_company_down,
                            bound, limit + 1, std::string_view{*p.company_id}));
    return take(sql.query(p.ascending ? q::webhooks : q::webhooks_down, bound, limit + 1));
  });
}

} // namespace carillon::sql
