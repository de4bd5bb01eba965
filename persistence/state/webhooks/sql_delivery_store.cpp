#include "persistence/state/webhooks/sql_delivery_store.hpp"

#include "persistence/state/webhooks/webhook_audit.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace carillon::sql {

namespace {

namespace q {

const sql_query deliveries{"deliveries",
                           CARILLON_DELIVERIES "WHERE (seq, webhook_id, replay_id) < (?2, ?1, ?3) "
                                               "ORDER BY seq DESC, webhook_id DESC, replay_id DESC",
                           row_count::many};
const sql_query deliveries_of_event{"deliveries_of_event",
                                    CARILLON_DELIVERIES
                                    "WHERE seq = ?2 AND (webhook_id, replay_id) < (?1, ?3) "
                                    "ORDER BY webhook_id DESC, replay_id DESC",
                                    row_count::many};
const sql_query deliveries_of_webhook{"deliveries_of_webhook",
                                      CARILLON_DELIVERIES
                                      "WHERE webhook_id = ?1 AND (seq, replay_id) < (?2, ?3) "
                                      "ORDER BY seq DESC, replay_id DESC",
                                      row_count::many};
const sql_query deliveries_of_webhook_in_state{
  "deliveries_of_webhook_in_state",
  CARILLON_DELIVERIES
  "WHERE webhook_id = ?1 AND state = ?4 AND state <> 1 AND (seq, replay_id) < (?2, ?3) "
  "ORDER BY seq DESC, replay_id DESC",
  row_count::many};
const sql_query deliveries_of_both{"deliveries_of_both",
                                   CARILLON_DELIVERIES
                                   "WHERE webhook_id = ?1 AND seq = ?2 AND replay_id < ?3 "
                                   "ORDER BY replay_id DESC",
                                   row_count::many};
const sql_query failed_deliveries{
  "failed_deliveries",
  CARILLON_DELIVERIES
  "WHERE webhook_id = ?1 AND state = 2 AND created_at >= ?2 AND created_at < ?3 "
  "ORDER BY created_at LIMIT ?4",
  row_count::many};
const sql_query oldest_deliveries{
  "oldest_deliveries",
  "SELECT id, created_at, state FROM webhook_deliveries WHERE id > ?1 ORDER BY id",
  row_count::many};
const sql_query attempts{
  "attempts",
  "SELECT number, at, cause, url, status, fault, error, retry_after, body, "
  "remote_address, dns_us, connect_us, tls_us, first_byte_us, total_us, after, next_at, "
  "next_reason FROM webhook_attempts WHERE id >= ?1 AND id < ?2"};

} // namespace q

constexpr auto most = std::numeric_limits<int64_t>::max();

/// Rows that are examined for one page. Conditions without an index skip row by row; beyond this
/// limit a page ends, and the caller continues from there.
constexpr size_t scan_limit = 10'000;

int64_t bound(uint64_t x) {
  return static_cast<int64_t>(std::min<uint64_t>(x, most));
}

bool fits(const list_webhook_deliveries& ask, const webhook_delivery& x) {
  return (!ask.webhook_id || *ask.webhook_id == x.key.webhook_id)
         && (!ask.seq || *ask.seq == x.key.seq)
         && (!ask.company_id || *ask.company_id == x.company_id)
         && (!ask.state || *ask.state == x.state);
}

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

rows sql_delivery_store::rows_of(const list_webhook_deliveries& x) {
  auto& sql = db_.sql();
  // The first key in the order of the list comes after this one.
  webhook_delivery_key after{most, most, most};
  if (x.beyond)
    after = *x.beyond;
  const auto seq = bound(after.seq);
  const auto replay = bound(after.replay_id);
  if (x.webhook_id) {
    const auto id = bound(*x.webhook_id);
    if (x.seq)
      return sql.query(q::deliveries_of_both, id, bound(*x.seq), replay);
    if (x.state && *x.state != webhook_delivery_state::delivered)
      return sql.query(q::deliveries_of_webhook_in_state, id, seq, replay,
                       static_cast<int64_t>(*x.state));
    return sql.query(q::deliveries_of_webhook, id, seq, replay);
  }
  const auto webhook = bound(after.webhook_id);
  if (x.seq)
    return sql.query(q::deliveries_of_event, webhook, bound(*x.seq), replay);
  return sql.query(q::deliveries, webhook, seq, replay);
}

expected<webhook_delivery_page> sql_delivery_store::list(const list_webhook_deliveries& x) {
  return db_.reading([&]() -> expected<webhook_delivery_page> {
    const auto limit = std::clamp<size_t>(x.limit, 1, 1'000);
    webhook_delivery_page page;
    webhook_delivery_key last;
    auto row = rows_of(x);
    for (size_t scanned = 0; row.next(); ++scanned) {
      if (scanned == scan_limit) {
        page.next = last;
        break;
      }
      auto item = delivery_of(*row);
      last = item.key;
      if (!fits(x, item))
        continue;
      if (page.items.size() == limit) {
        page.next = page.items.back().key;
        break;
      }
      page.items.push_back(std::move(item));
    }
    return page;
  });
}

expected<webhook_delivery_history> sql_delivery_store::get(const get_webhook_delivery& x) {
  return db_.reading([&]() -> expected<webhook_delivery_history> {
    auto found = table_.find(x.key);
    if (!found || (x.company_id && found->delivery.company_id != *x.company_id))
      return failure{ec::not_found, "no delivery " + to_text(x.key), {}};
    webhook_delivery_history history;
    history.delivery = std::move(found->delivery);
    auto row = db_.sql().query(q::attempts, attempts_begin(found->number),
                               attempts_begin(found->number + 1));
    while (row.next())
      history.attempts.push_back(attempt_of(*row, history.delivery));
    // Rows are overwritten in a ring.
    std::sort(history.attempts.begin(), history.attempts.end(),
              [](const auto& a, const auto& b) { return a.number < b.number; });
    return history;
  });
}

expected<uint64_t> sql_delivery_store::trim(const trim_webhook_deliveries& x) {
  auto trimmed = db_.writing([&]() -> expected<uint64_t> {
    const auto count = table_.count();
    const auto excess = count > x.keep ? count - x.keep : 0;
    const auto limit = std::clamp<size_t>(x.limit, 1, 10'000);
    std::vector<uint64_t> gone;
    {
      // In the order of insertion, which is that of their age.
      auto row = db_.sql().query(q::oldest_deliveries, 0);
      while (gone.size() < limit && row.next()
             && (gone.size() < excess || row->integer(1) < to_micros(x.before)))
        if (row->integer(2) != 0)
          gone.push_back(row->number(0));
    }
    table_.erase(gone);
    return gone.size();
  });
  if (trimmed)
    table_.note_erased(*trimmed);
  else
    table_.forget_count();
  return trimmed;
}

expected<retry_row> sql_delivery_store::resend(const resend_webhook_delivery& x, timestamp now) {
  return db_.writing([&]() -> expected<retry_row> {
    const auto& key = x.key;
    const auto owner = webhooks_.find(key.webhook_id, x.company_id);
    if (!owner)
      return owner.error();
    const auto found = table_.find(key);
    if (!found)
      return failure{ec::not_found, "no delivery " + to_text(key), {}};
    auto made = make_due(*found, now);
    webhooks_.wake_after_sleep(key.webhook_id);
    auto entry = webhook_entry(x.by, now, "webhook.delivery_resent", *owner);
    const auto text = to_text(key);
    entry.detail = audit_detail{}.add("delivery", std::string_view{text}).text();
    audit_.append(entry);
    return made;
  });
}

expected<recovered_rows> sql_delivery_store::recover(const recover_webhook& x, timestamp now) {
  return db_.writing([&]() -> expected<recovered_rows> {
    auto& sql = db_.sql();
    const auto owner = webhooks_.find(x.id, x.company_id);
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
    webhooks_.wake_after_sleep(x.id);
    auto entry = webhook_entry(x.by, now, "webhook.recovered", *owner);
    audit_detail detail;
    detail.add("since", std::string_view{to_rfc3339(x.since)});
    if (x.until)
      detail.add("until", std::string_view{to_rfc3339(*x.until)});
    entry.detail = detail.add("count", out.rows.size()).text();
    audit_.append(entry);
    return out;
  });
}

retry_row sql_delivery_store::make_due(const numbered_delivery& found, timestamp now) {
  const auto& x = found.delivery;
  const auto name = webhook_consumer(x.key.webhook_id);
  const bool delivered = x.state == webhook_delivery_state::delivered;
  retry_row row{.seq = x.key.seq,
                .replay_id = x.key.replay_id,
                .attempts = 0,
                .due = now,
                .key = {},
                .last_error = error_of(x),
                .first_failed_at = delivered ? now : x.created_at,
                .last_status = x.last_status};
  consumers_.put_retry(name, row);
  consumers_.erase_dead_letter(name, row.seq, row.replay_id);
  table_.set_retrying(found.number, now);
  return row;
}

} // namespace carillon::sql
