#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql_state_store.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

#include <algorithm>
#include <limits>

// Resending by operators.

#define CARILLON_DELIVERIES                                                                        \
  "SELECT id, webhook_id, seq, replay_id, event_id, event_type, company_id, state, "               \
  "attempts, "                                                                                     \
  "last_status, last_fault, next_at, created_at, updated_at FROM webhook_deliveries "

namespace carillon::sql {

namespace {

namespace q {

// By event: a consumer may have very many.
const sql_query erase_dead_letter_of_delivery{
  "erase_dead_letter_of_delivery",
  "DELETE FROM dead_letters WHERE consumer || '' = ?1 AND seq = ?2 AND replay_id = ?3"};
const sql_query set_retrying{
  "set_retrying",
  "UPDATE webhook_deliveries SET state = 0, next_at = ?2, updated_at = ?2 WHERE id = ?1"};
const sql_query failed_deliveries{
  "failed_deliveries",
  CARILLON_DELIVERIES
  "WHERE webhook_id = ?1 AND state = 2 AND created_at >= ?2 AND created_at < ?3 "
  "ORDER BY created_at LIMIT ?4",
  row_count::many};

} // namespace q

std::string error_of(const webhook_delivery& x) {
  std::string out;
  if (x.last_status != 0 && (x.last_status < 200 || x.last_status > 299 || !x.last_fault.empty()))
    out = "HTTP " + std::to_string(x.last_status);
  if (!out.empty() && !x.last_fault.empty())
    out += ", ";
  return out + x.last_fault;
}

} // namespace

retry_row sql_state_store::make_due(const numbered_delivery& found, timestamp now) {
  const auto& x = found.delivery;
  const auto name = webhook_consumer(x.key.webhook_id);
  const bool delivered = x.state == webhook_delivery_state::delivered;
  retry_row row{.seq = x.key.seq,
                .replay_id = x.key.replay_id,
                .attempts = 0,
                .due = now,
                .key = {},
                .last_error = error_of(x),
                .first_failed_at = delivered ? now : x.created_at};
  put_retry(name, row);
  const int64_t letters = link_->sql.change(q::erase_dead_letter_of_delivery,
                                            std::string_view{name}, row.seq, row.replay_id);
  if (letters > 0)
    count_dead_letters(name, -letters);
  link_->sql.run(q::set_retrying, found.number, to_micros(now));
  return row;
}

void sql_state_store::note_resolved(const dead_letter& x, timestamp now) {
  const auto id = webhook_of_consumer(x.consumer);
  if (!id)
    return;
  if (auto found = find_delivery({*id, x.seq, x.replay_id}))
    link_->sql.run(q::set_retrying, found->number, to_micros(now));
  wake_after_sleep(*id);
}

expected<retry_row> sql_state_store::resend(const resend_webhook_delivery& x, timestamp now) {
  return writing([&]() -> expected<retry_row> {
    const auto& key = x.key;
    const auto owner = find_webhook(key.webhook_id, x.company_id);
    if (!owner)
      return owner.error();
    const auto found = find_delivery(key);
    if (!found)
      return failure{ec::not_found, "no delivery " + to_text(key), {}};
    auto made = make_due(*found, now);
    wake_after_sleep(key.webhook_id);
    auto entry = operator_entry(x.by, now, "webhook.delivery_resent", {});
    const auto text = to_text(key);
    entry.detail = audit_detail{}.add("delivery", std::string_view{text}).text();
    audit_webhook(*owner, std::move(entry));
    return made;
  });
}

expected<recovered_rows> sql_state_store::recover(const recover_webhook& x, timestamp now) {
  return writing([&]() -> expected<recovered_rows> {
    auto& sql = link_->sql;
    const auto owner = find_webhook(x.id, x.company_id);
    if (!owner)
      return owner.error();
    const auto limit = std::clamp<size_t>(x.limit, 1, 1'000);
    const auto until = x.until ? to_micros(*x.until) : std::numeric_limits<int64_t>::max();
    recovered_rows out;
    std::vector<numbered_delivery> found;
    {
      auto row = sql.query(q::failed_deliveries, x.id, to_micros(x.since), until, limit + 1);
      while (found.size() < limit && row.next())
        found.push_back({row->number(0), delivery_of(*row)});
      out.more = found.size() == limit && row.next();
    }
    if (found.empty())
      return out;
    for (const auto& y : found)
      out.rows.push_back(make_due(y, now));
    wake_after_sleep(x.id);
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
