#include "messages/webhooks/move.hpp"
#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql_state_store.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

// Operators' changes of webhooks.

namespace carillon::sql {

namespace {

/// The present secret and earlier ones.
constexpr uint64_t secrets_kept = 5;

/// Binds settings for both statements; for the change, the number comes last. Answers the number of
/// a new one.
template <class... Ts>
uint64_t write_settings(statement_cache<webhook_query>& sql, webhook_query query,
                        const webhook_settings& x, timestamp now, Ts... id) {
  const auto types = text_of(x.types);
  const auto schedule = text_of(x.retry);
  const auto headers = text_of(x.headers);
  return inserted(sql.query(query, std::string_view{x.company_id}, std::string_view{x.url},
                            std::string_view{types}, x.ordered, x.max_in_flight, x.rate_per_second,
                            std::string_view{schedule}, std::string_view{headers},
                            std::string_view{x.description}, x.private_targets, to_micros(now),
                            id...));
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

void sql_state_store::put_secret(uint64_t webhook_id, const sealed_secret& x) {
  const auto expires
    = x.expires_at ? std::optional{to_micros(*x.expires_at)} : std::optional<int64_t>{};
  link_->webhooks.run(webhook_query::insert_secret, webhook_id, blob_view{x.sealed},
                      to_micros(x.created_at), expires);
}

expected<webhook> sql_state_store::insert(const create_webhook& x, timestamp now) {
  return writing([&]() -> expected<webhook> {
    auto& sql = link_->webhooks;
    const auto id = write_settings(sql, webhook_query::insert_webhook, x.settings, now);
    sql.run(webhook_query::insert_activity, id, std::max<position>(x.start, 1));
    put_secret(id, x.sealed);
    const auto consumer = webhook_consumer(id);
    link_->sql.run(state_query::insert_consumer, std::string_view{consumer}, x.start,
                   to_micros(now));
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
    auto& sql = link_->webhooks;
    auto found = find_webhook(x.id, x.company_id);
    if (!found)
      return found;
    if (auto may = check_move(found->settings, x.change, x.sealed.has_value()); !may)
      return may.error();
    const auto settings = changed_by(found->settings, x.change, x.company_id);
    auto fields = difference(found->settings, settings);
    if (fields.empty())
      return found;
    write_settings(sql, webhook_query::update_webhook, settings, now, x.id);
    if (x.sealed) {
      sql.run(webhook_query::erase_secrets, x.id);
      put_secret(x.id, *x.sealed);
      fields.emplace_back("secret");
    }
    // Events that it skipped may concern it now.
    if (settings.types != found->settings.types)
      sql.run(webhook_query::wake_after_sleep, x.id);
    auto entry = operator_entry(x.by, now, "webhook.changed", {});
    entry.detail = audit_detail{}.add("fields", fields).text();
    audit_webhook(*found, std::move(entry));
    return find_webhook(x.id, {});
  });
}

expected<webhook> sql_state_store::enable(const enable_webhook& x, timestamp now) {
  return writing([&]() -> expected<webhook> {
    auto& sql = link_->webhooks;
    auto found = find_webhook(x.id, x.company_id);
    if (!found || found->enabled == x.enabled)
      return found;
    const std::string_view given{x.reason};
    const auto reason = x.enabled ? std::string_view{} : given.empty() ? "operator" : given;
    sql.run(webhook_query::set_disabled, x.id, reason, to_micros(now));
    auto entry = operator_entry(x.by, now, x.enabled ? "webhook.enabled" : "webhook.disabled", {});
    if (x.enabled) {
      sql.run(webhook_query::set_failing, x.id, std::optional<int64_t>{});
      sql.run(webhook_query::wake_after_sleep, x.id);
    } else {
      entry.detail = audit_detail{}.add("reason", reason).text();
    }
    audit_webhook(*found, std::move(entry));
    return find_webhook(x.id, {});
  });
}

expected<void> sql_state_store::remove(const delete_webhook& x, timestamp now) {
  return writing([&]() -> expected<void> {
    auto& sql = link_->webhooks;
    const auto found = find_webhook(x.id, x.company_id);
    if (!found)
      return found.error();
    for (const auto query : {webhook_query::erase_webhook, webhook_query::erase_activity,
                             webhook_query::erase_secrets})
      sql.run(query, x.id);
    const auto consumer = webhook_consumer(x.id);
    for (const auto query : {webhook_query::erase_consumer, webhook_query::erase_retries,
                             webhook_query::erase_dead_letters})
      sql.run(query, std::string_view{consumer});
    sql.run(webhook_query::give_up_deliveries, x.id, to_micros(now));
    audit_webhook(*found, operator_entry(x.by, now, "webhook.deleted", {}));
    return {};
  });
}

expected<void> sql_state_store::add_secret(const add_webhook_secret& x, timestamp now) {
  return writing([&]() -> expected<void> {
    auto& sql = link_->webhooks;
    const auto found = find_webhook(x.id, x.company_id);
    if (!found)
      return found.error();
    sql.run(webhook_query::limit_secrets, x.id, to_micros(x.old_expire_at));
    sql.run(webhook_query::erase_expired_secrets, x.id, to_micros(now));
    auto row = sql.query(webhook_query::count_secrets, x.id);
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
    if (link_->webhooks.change(webhook_query::put_to_sleep, x.id, x.at) == 0)
      return failure{ec::not_found, "no webhook " + std::to_string(x.id), {}};
    return {};
  });
}

} // namespace carillon::sql
