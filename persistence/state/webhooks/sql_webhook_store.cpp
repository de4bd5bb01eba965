#include "persistence/state/webhooks/sql_webhook_store.hpp"

#include "messages/webhooks/move.hpp"
#include "persistence/state/sql/pages.hpp"
#include "persistence/state/webhooks/webhook_audit.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::sql {

namespace {

namespace q {

const sql_query insert_webhook{
  "insert_webhook",
  "INSERT INTO webhooks (company_id, url, types, ordered, max_in_flight, "
  "rate_per_second, retry_schedule, headers, description, private_targets, filter, message, "
  "created_at, updated_at) "
  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13) RETURNING id"};
const sql_query update_webhook{
  "update_webhook", "UPDATE webhooks SET company_id = ?1, url = ?2, types = ?3, ordered = ?4, "
                    "max_in_flight = ?5, rate_per_second = ?6, retry_schedule = ?7, headers = ?8, "
                    "description = ?9, private_targets = ?10, filter = ?11, message = ?12, "
                    "updated_at = ?13 WHERE id = ?14"};
const sql_query set_disabled{
  "set_disabled", "UPDATE webhooks SET disabled_reason = ?2, updated_at = ?3 WHERE id = ?1"};
const sql_query erase_webhook{"erase_webhook", "DELETE FROM webhooks WHERE id = ?1"};
const sql_query insert_activity{
  "insert_activity",
  "INSERT INTO webhook_activity VALUES (?1, CAST(?2 AS BIGINT), CAST(?2 AS BIGINT) - 1, "
  "NULL)"};
const sql_query erase_activity{"erase_activity",
                               "DELETE FROM webhook_activity WHERE webhook_id = ?1"};
const sql_query put_to_sleep{
  "put_to_sleep", "UPDATE webhook_activity SET asleep_at = CASE WHEN asleep_at < ?2 THEN ?2 "
                  "ELSE asleep_at END WHERE webhook_id = ?1"};
const sql_query webhooks{"webhooks", CARILLON_WEBHOOKS("WHERE w.id > ?1 ORDER BY w.id LIMIT ?2")};
const sql_query webhooks_down{"webhooks_down",
                              CARILLON_WEBHOOKS("WHERE w.id < ?1 ORDER BY w.id DESC LIMIT ?2")};
const sql_query webhooks_of_company{
  "webhooks_of_company",
  CARILLON_WEBHOOKS("WHERE w.company_id = ?3 AND w.id > ?1 ORDER BY w.id LIMIT ?2")};
const sql_query webhooks_of_company_down{
  "webhooks_of_company_down",
  CARILLON_WEBHOOKS("WHERE w.company_id = ?3 AND w.id < ?1 ORDER BY w.id DESC LIMIT ?2")};

} // namespace q

/// The present secret and earlier ones.
constexpr uint64_t secrets_kept = 5;

/// Binds settings for both statements; for the change, the number comes last. Answers the number of
/// a new one.
template <class... Ts>
uint64_t write_settings(statement_cache& sql, const query_text& query, const webhook_settings& x,
                        timestamp now, Ts... id) {
  const auto types = text_of(x.types);
  const auto schedule = text_of(x.retry);
  const auto headers = text_of(x.headers);
  const std::string_view filter = x.filter.is_everything() ? std::string_view{} : x.filter.text();
  return inserted(sql.query(query, std::string_view{x.company_id}, std::string_view{x.url},
                            std::string_view{types}, x.ordered, x.max_in_flight, x.rate_per_second,
                            std::string_view{schedule}, std::string_view{headers},
                            std::string_view{x.description}, x.private_targets, filter,
                            std::string_view{x.message.text()}, to_micros(now), id...));
}

/// Names of the fields that differ, as in the API.
std::vector<std::string_view> difference(const webhook_settings& x, const webhook_settings& y) {
  std::vector<std::string_view> out;
  auto compare = [&](std::string_view name, bool same) {
    if (!same)
      out.push_back(name);
  };
  compare("url", x.url == y.url);
  compare("types", x.types == y.types);
  compare("ordered", x.ordered == y.ordered);
  compare("maxInFlight", x.max_in_flight == y.max_in_flight);
  compare("ratePerSecond", x.rate_per_second == y.rate_per_second);
  compare("retrySchedule", x.retry.schedule == y.retry.schedule);
  compare("headers", x.headers == y.headers);
  compare("description", x.description == y.description);
  compare("privateTargets", x.private_targets == y.private_targets);
  compare("filter", x.filter == y.filter);
  compare("message", x.message == y.message);
  return out;
}

} // namespace

expected<webhook> sql_webhook_store::insert(const create_webhook& x, timestamp now) {
  return db_.writing([&]() -> expected<webhook> {
    auto& sql = db_.sql();
    const auto id = write_settings(sql, q::insert_webhook, x.settings, now);
    sql.run(q::insert_activity, id, std::max<position>(x.start, 1));
    secrets_.put(id, x.sealed);
    const auto consumer = webhook_consumer(id);
    consumers_.insert(consumer, x.start, now);
    auto made = table_.find(id, {});
    if (!made)
      return made;
    auto entry = webhook_entry(x.by, now, "webhook.created", *made);
    entry.detail = audit_detail{}.add("url", std::string_view{x.settings.url}).text();
    audit_.append(entry);
    return made;
  });
}

expected<webhook> sql_webhook_store::update(const update_webhook& x, timestamp now) {
  return db_.writing([&]() -> expected<webhook> {
    auto& sql = db_.sql();
    auto found = table_.find(x.id, x.company_id);
    if (!found)
      return found;
    if (auto may = check_move(found->settings, x.change, x.sealed.has_value()); !may)
      return may.error();
    const auto settings = changed_by(found->settings, x.change, x.company_id);
    auto fields = difference(found->settings, settings);
    if (fields.empty())
      return found;
    write_settings(sql, q::update_webhook, settings, now, x.id);
    if (x.sealed) {
      secrets_.erase(x.id);
      secrets_.put(x.id, *x.sealed);
      fields.emplace_back("secret");
    }
    // Events that it skipped may concern it now.
    if (settings.types != found->settings.types || settings.filter != found->settings.filter)
      table_.wake_after_sleep(x.id);
    auto entry = webhook_entry(x.by, now, "webhook.changed", *found);
    entry.detail = audit_detail{}.add("fields", fields).text();
    audit_.append(entry);
    return table_.find(x.id, {});
  });
}

expected<webhook> sql_webhook_store::enable(const enable_webhook& x, timestamp now) {
  return db_.writing([&]() -> expected<webhook> {
    auto& sql = db_.sql();
    auto found = table_.find(x.id, x.company_id);
    if (!found || found->enabled == x.enabled)
      return found;
    const std::string_view given{x.reason};
    const auto reason = x.enabled ? std::string_view{} : given.empty() ? "operator" : given;
    sql.run(q::set_disabled, x.id, reason, to_micros(now));
    auto entry
      = webhook_entry(x.by, now, x.enabled ? "webhook.enabled" : "webhook.disabled", *found);
    if (x.enabled) {
      table_.set_failing(x.id, std::nullopt);
      table_.wake_after_sleep(x.id);
    } else {
      entry.detail = audit_detail{}.add("reason", reason).text();
    }
    audit_.append(entry);
    return table_.find(x.id, {});
  });
}

expected<void> sql_webhook_store::remove(const delete_webhook& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    auto& sql = db_.sql();
    const auto found = table_.find(x.id, x.company_id);
    if (!found)
      return found.error();
    sql.run(q::erase_webhook, x.id);
    sql.run(q::erase_activity, x.id);
    secrets_.erase(x.id);
    consumers_.erase(webhook_consumer(x.id));
    deliveries_.give_up(x.id, now);
    audit_.append(webhook_entry(x.by, now, "webhook.deleted", *found));
    return {};
  });
}

expected<void> sql_webhook_store::add_secret(const add_webhook_secret& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const auto found = table_.find(x.id, x.company_id);
    if (!found)
      return found.error();
    secrets_.limit(x.id, x.old_expire_at, now);
    if (secrets_.count(x.id) >= secrets_kept)
      return failure{ec::conflict,
                     "five secrets sign still, and none of them is dropped before its time: wait "
                     "for one to expire, or end all of them by graceSeconds 0",
                     "graceSeconds"};
    secrets_.put(x.id, x.secret);
    audit_.append(webhook_entry(x.by, now, "webhook.secret_rotated", *found));
    return {};
  });
}

expected<webhook_with_secrets> sql_webhook_store::get(const get_webhook& x) {
  return db_.reading([&]() -> expected<webhook_with_secrets> {
    auto found = table_.find(x.id, x.company_id);
    if (!found)
      return found.error();
    return webhook_with_secrets{std::move(*found), secrets_.list(x.id)};
  });
}

expected<webhook_page> sql_webhook_store::list(const list_webhooks& x) {
  return db_.reading([&]() -> expected<webhook_page> {
    auto& sql = db_.sql();
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

expected<void> sql_webhook_store::note_idle(const note_webhook_idle& x) {
  return db_.writing([&]() -> expected<void> {
    if (db_.sql().change(q::put_to_sleep, x.id, x.at) == 0)
      return failure{ec::not_found, "no webhook " + std::to_string(x.id), {}};
    return {};
  });
}

} // namespace carillon::sql
