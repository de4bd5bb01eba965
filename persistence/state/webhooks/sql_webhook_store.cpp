#include "messages/webhooks/move.hpp"
#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql_state_store.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

// Operators' changes of webhooks.

namespace carillon::sql {

namespace {

namespace q {

const sql_query insert_webhook{
  "insert_webhook",
  "INSERT INTO webhooks (company_id, url, types, ordered, max_in_flight, "
  "rate_per_second, retry_schedule, headers, description, private_targets, created_at, "
  "updated_at) "
  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11) RETURNING id"};
const sql_query update_webhook{
  "update_webhook", "UPDATE webhooks SET company_id = ?1, url = ?2, types = ?3, ordered = ?4, "
                    "max_in_flight = ?5, rate_per_second = ?6, retry_schedule = ?7, headers = ?8, "
                    "description = ?9, private_targets = ?10, updated_at = ?11 WHERE id = ?12"};
const sql_query set_disabled{
  "set_disabled", "UPDATE webhooks SET disabled_reason = ?2, updated_at = ?3 WHERE id = ?1"};
const sql_query erase_webhook{"erase_webhook", "DELETE FROM webhooks WHERE id = ?1"};
const sql_query insert_activity{
  "insert_activity",
  "INSERT INTO webhook_activity VALUES (?1, CAST(?2 AS BIGINT), CAST(?2 AS BIGINT) - 1, "
  "NULL)"};
const sql_query wake_after_sleep{
  "wake_after_sleep", "UPDATE webhook_activity SET awake_at = asleep_at + 1 WHERE webhook_id = ?1 "
                      "AND awake_at <= asleep_at"};
const sql_query put_to_sleep{
  "put_to_sleep", "UPDATE webhook_activity SET asleep_at = CASE WHEN asleep_at < ?2 THEN ?2 "
                  "ELSE asleep_at END WHERE webhook_id = ?1"};
const sql_query erase_activity{"erase_activity",
                               "DELETE FROM webhook_activity WHERE webhook_id = ?1"};
const sql_query insert_secret{
  "insert_secret", "INSERT INTO webhook_secrets VALUES (?1, (SELECT coalesce(max(number), 0) + 1 "
                   "FROM webhook_secrets WHERE webhook_id = ?1), ?2, ?3, ?4)"};
const sql_query limit_secrets{"limit_secrets",
                              "UPDATE webhook_secrets SET expires_at = ?2 WHERE webhook_id = ?1 "
                              "AND (expires_at IS NULL OR expires_at > ?2)"};
const sql_query erase_expired_secrets{
  "erase_expired_secrets",
  "DELETE FROM webhook_secrets WHERE webhook_id = ?1 AND expires_at <= ?2"};
const sql_query count_secrets{"count_secrets",
                              "SELECT count(*) FROM webhook_secrets WHERE webhook_id = ?1"};
const sql_query erase_secrets{"erase_secrets", "DELETE FROM webhook_secrets WHERE webhook_id = ?1"};
const sql_query erase_consumer{"erase_consumer", "DELETE FROM consumers WHERE name = ?1"};
const sql_query erase_retries{"erase_retries", "DELETE FROM handler_retries WHERE consumer = ?1"};
const sql_query erase_dead_letters{"erase_dead_letters",
                                   "DELETE FROM dead_letters WHERE consumer = ?1"};
const sql_query give_up_deliveries{
  "give_up_deliveries", "UPDATE webhook_deliveries SET state = 2, next_at = NULL, updated_at = ?2 "
                        "WHERE webhook_id = ?1 AND state = 0 AND state <> 1"};

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
  return inserted(sql.query(query, std::string_view{x.company_id}, std::string_view{x.url},
                            std::string_view{types}, x.ordered, x.max_in_flight, x.rate_per_second,
                            std::string_view{schedule}, std::string_view{headers},
                            std::string_view{x.description}, x.private_targets, to_micros(now),
                            id...));
}

/// A company's admin cannot grant private targets, nor keep them with another URL.
webhook_settings changed_by(const webhook_settings& was, const update_webhook& x) {
  auto out = changed(was, x.change);
  if (x.company_id)
    out.private_targets = was.private_targets && out.private_targets && out.url == was.url;
  return out;
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
  return out;
}

} // namespace

void sql_state_store::audit_webhook(const webhook& x, audit_entry entry) {
  entry.subject = "webhook:" + std::to_string(x.id);
  entry.company_id = x.settings.company_id;
  append_audit_row(entry);
}

void sql_state_store::wake_after_sleep(uint64_t webhook_id) {
  link_->sql.run(q::wake_after_sleep, webhook_id);
}

void sql_state_store::put_secret(uint64_t webhook_id, const sealed_secret& x) {
  const auto expires
    = x.expires_at ? std::optional{to_micros(*x.expires_at)} : std::optional<int64_t>{};
  link_->sql.run(q::insert_secret, webhook_id, blob_view{x.sealed}, to_micros(x.created_at),
                 expires);
}

expected<webhook> sql_state_store::insert(const insert_webhook& x, timestamp now) {
  return writing([&]() -> expected<webhook> {
    auto& sql = link_->sql;
    const auto id = write_settings(sql, q::insert_webhook, x.settings, now);
    sql.run(q::insert_activity, id, std::max<position>(x.start, 1));
    put_secret(id, x.secret);
    const auto consumer = webhook_consumer(id);
    insert_consumer(consumer, x.start, now);
    auto made = find_webhook(id, {});
    if (!made)
      return made;
    auto entry = operator_entry(x.by, now, "webhook.created", {});
    entry.detail = audit_detail{}.add("url", std::string_view{x.settings.url}).text();
    audit_webhook(*made, std::move(entry));
    return made;
  });
}

expected<webhook> sql_state_store::update(const update_webhook& x, timestamp now) {
  return writing([&]() -> expected<webhook> {
    auto& sql = link_->sql;
    auto found = find_webhook(x.id, x.company_id);
    if (!found)
      return found;
    if (auto may = check_move(found->settings, x.change, x.sealed.has_value()); !may)
      return may.error();
    const auto settings = changed_by(found->settings, x);
    auto fields = difference(found->settings, settings);
    if (fields.empty())
      return found;
    write_settings(sql, q::update_webhook, settings, now, x.id);
    if (x.sealed) {
      sql.run(q::erase_secrets, x.id);
      put_secret(x.id, *x.sealed);
      fields.emplace_back("secret");
    }
    // Events that it skipped may concern it now.
    if (settings.types != found->settings.types)
      wake_after_sleep(x.id);
    auto entry = operator_entry(x.by, now, "webhook.changed", {});
    entry.detail = audit_detail{}.add("fields", fields).text();
    audit_webhook(*found, std::move(entry));
    return find_webhook(x.id, {});
  });
}

expected<webhook> sql_state_store::enable(const enable_webhook& x, timestamp now) {
  return writing([&]() -> expected<webhook> {
    auto& sql = link_->sql;
    auto found = find_webhook(x.id, x.company_id);
    if (!found || found->enabled == x.enabled)
      return found;
    const std::string_view given{x.reason};
    const auto reason = x.enabled ? std::string_view{} : given.empty() ? "operator" : given;
    sql.run(q::set_disabled, x.id, reason, to_micros(now));
    auto entry = operator_entry(x.by, now, x.enabled ? "webhook.enabled" : "webhook.disabled", {});
    if (x.enabled) {
      set_failing(x.id, std::nullopt);
      wake_after_sleep(x.id);
    } else {
      entry.detail = audit_detail{}.add("reason", reason).text();
    }
    audit_webhook(*found, std::move(entry));
    return find_webhook(x.id, {});
  });
}

expected<void> sql_state_store::remove(const delete_webhook& x, timestamp now) {
  return writing([&]() -> expected<void> {
    auto& sql = link_->sql;
    const auto found = find_webhook(x.id, x.company_id);
    if (!found)
      return found.error();
    for (const auto* query : std::initializer_list<const query_text*>{
           &q::erase_webhook, &q::erase_activity, &q::erase_secrets})
      sql.run(*query, x.id);
    const auto consumer = webhook_consumer(x.id);
    for (const auto* query : std::initializer_list<const query_text*>{
           &q::erase_consumer, &q::erase_retries, &q::erase_dead_letters})
      sql.run(*query, std::string_view{consumer});
    sql.run(q::give_up_deliveries, x.id, to_micros(now));
    audit_webhook(*found, operator_entry(x.by, now, "webhook.deleted", {}));
    return {};
  });
}

expected<void> sql_state_store::add_secret(const add_webhook_secret& x, timestamp now) {
  return writing([&]() -> expected<void> {
    auto& sql = link_->sql;
    const auto found = find_webhook(x.id, x.company_id);
    if (!found)
      return found.error();
    sql.run(q::limit_secrets, x.id, to_micros(x.old_expire_at));
    sql.run(q::erase_expired_secrets, x.id, to_micros(now));
    auto row = sql.query(q::count_secrets, x.id);
    if (row.next() && row->number(0) >= secrets_kept)
      return failure{ec::conflict,
                     "five secrets sign still, and none of them is dropped before its time: wait "
                     "for one to expire, or end all of them by graceSeconds 0",
                     "graceSeconds"};
    put_secret(x.id, x.secret);
    audit_webhook(*found, operator_entry(x.by, now, "webhook.secret_rotated", {}));
    return {};
  });
}

expected<void> sql_state_store::note_asleep(const note_webhook_asleep& x) {
  return writing([&]() -> expected<void> {
    if (link_->sql.change(q::put_to_sleep, x.id, x.at) == 0)
      return failure{ec::not_found, "no webhook " + std::to_string(x.id), {}};
    return {};
  });
}

} // namespace carillon::sql
