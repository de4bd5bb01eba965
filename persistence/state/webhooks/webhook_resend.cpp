#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql_state_store.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

#include <algorithm>
#include <limits>

// Resending by operators.

namespace carillon::sql {

namespace {

std::string error_of(const webhook_delivery& x) {
  const bool faulty = x.last_fault != http_fault::none;
  std::string out;
  if (x.last_status != 0 && (x.last_status < 200 || x.last_status > 299 || faulty))
    out = "HTTP " + std::to_string(x.last_status);
  if (!out.empty() && faulty)
    out += ", ";
  return out + std::string{to_string(x.last_fault)};
}

} // namespace

retry_row sql_state_store::make_due(uint64_t number, const webhook_delivery& x, timestamp now) {
  auto& sql = link_->sql;
  const auto name = webhook_consumer(x.key.webhook_id);
  const std::string_view consumer{name};
  const bool delivered = x.state == webhook_delivery_state::delivered;
  retry_row row{.seq = x.key.seq,
                .replay_id = x.key.replay_id,
                .attempts = 0,
                .due = now,
                .key = {},
                .last_error = error_of(x),
                .first_failed_at = delivered ? now : x.created_at,
                .last_status = x.last_status};
  sql.run(state_query::upsert_retry, consumer, row.seq, row.replay_id, row.attempts,
          to_micros(row.due), std::string_view{row.key}, std::string_view{row.last_error},
          to_micros(row.first_failed_at));
  const int64_t letters = link_->webhooks.change(webhook_query::erase_dead_letter_of_delivery,
                                                 consumer, row.seq, row.replay_id);
  if (letters > 0)
    sql.run(state_query::count_dead_letters, consumer, -letters);
  link_->webhooks.run(webhook_query::set_retrying, number, to_micros(now));
  return row;
}

void sql_state_store::note_resolved(const dead_letter& x, timestamp now) {
  const auto id = webhook_of_consumer(x.consumer);
  if (!id)
    return;
  auto& sql = link_->webhooks;
  std::optional<uint64_t> number;
  {
    auto row = sql.query(webhook_query::delivery_by_key, *id, x.seq, x.replay_id);
    if (row.next())
      number = row->number(0);
  }
  if (number)
    sql.run(webhook_query::set_retrying, *number, to_micros(now));
  sql.run(webhook_query::wake_after_sleep, *id);
}

expected<retry_row> sql_state_store::resend(const resend_webhook_delivery& x, timestamp now) {
  return writing([&]() -> expected<retry_row> {
    auto& sql = link_->webhooks;
    const auto& key = x.key;
    const auto owner = find_webhook(key.webhook_id, x.company_id);
    if (!owner)
      return owner.error();
    uint64_t number = 0;
    webhook_delivery found;
    {
      auto row = sql.query(webhook_query::delivery_by_key, key.webhook_id, key.seq, key.replay_id);
      if (row.next()) {
        number = row->number(0);
        found = delivery_of(*row);
      }
    }
    if (number == 0)
      return failure{ec::not_found, "no delivery " + to_text(key), {}};
    auto made = make_due(number, found, now);
    sql.run(webhook_query::wake_after_sleep, key.webhook_id);
    auto entry = operator_entry(x.by, now, "webhook.delivery_resent", {});
    const auto text = to_text(key);
    entry.detail = audit_detail{}.add("delivery", std::string_view{text}).text();
    audit_webhook(*owner, std::move(entry));
    return made;
  });
}

expected<recovered_rows> sql_state_store::recover(const recover_webhook& x, timestamp now) {
  return writing([&]() -> expected<recovered_rows> {
    auto& sql = link_->webhooks;
    const auto owner = find_webhook(x.id, x.company_id);
    if (!owner)
      return owner.error();
    const auto limit = std::clamp<size_t>(x.limit, 1, 1'000);
    const auto until = x.until ? to_micros(*x.until) : std::numeric_limits<int64_t>::max();
    recovered_rows out;
    std::vector<std::pair<uint64_t, webhook_delivery>> found;
    {
      auto row
        = sql.query(webhook_query::failed_deliveries, x.id, to_micros(x.since), until, limit + 1);
      while (found.size() < limit && row.next())
        found.emplace_back(row->number(0), delivery_of(*row));
      out.more = found.size() == limit && row.next();
    }
    if (found.empty())
      return out;
    for (const auto& [number, delivery] : found)
      out.rows.push_back(make_due(number, delivery, now));
    sql.run(webhook_query::wake_after_sleep, x.id);
    auto entry = operator_entry(x.by, now, "webhook.recovered", {});
    audit_detail detail;
    detail.add("since", std::string_view{to_rfc3339(x.since)});
    if (x.until)
      detail.add("until", std::string_view{to_rfc3339(*x.until)});
    entry.detail = detail.add("count", out.rows.size()).text();
    audit_webhook(*owner, std::move(entry));
    return out;
  });
}

} // namespace carillon::sql
