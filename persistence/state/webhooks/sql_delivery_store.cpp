#include "persistence/state/sql_state_store.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

#include <algorithm>
#include <limits>

#define CARILLON_DELIVERIES                                                                        \
  "SELECT id, webhook_id, seq, replay_id, event_id, event_type, company_id, state, "               \
  "attempts, "                                                                                     \
  "last_status, last_fault, next_at, created_at, updated_at FROM webhook_deliveries "

namespace carillon::sql {

namespace {

namespace q {

const sql_query delivery_by_key{
  "delivery_by_key", CARILLON_DELIVERIES "WHERE webhook_id = ?1 AND seq = ?2 AND replay_id = ?3",
  row_count::many};
const sql_query erase_delivery{"erase_delivery", "DELETE FROM webhook_deliveries WHERE id = ?1"};
const sql_query count_deliveries{"count_deliveries", "SELECT count(*) FROM webhook_deliveries"};
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
const sql_query oldest_deliveries{
  "oldest_deliveries",
  "SELECT id, created_at, state FROM webhook_deliveries WHERE id > ?1 ORDER BY "
  "id",
  row_count::many};
const sql_query attempts{
  "attempts",
  "SELECT number, at, cause, url, status, fault, error, retry_after, body, "
  "remote_address, dns_us, connect_us, tls_us, first_byte_us, total_us, after, next_at, "
  "next_reason FROM webhook_attempts WHERE id >= ?1 AND id < ?2"};
const sql_query erase_attempts{"erase_attempts",
                               "DELETE FROM webhook_attempts WHERE id >= ?1 AND id < ?2"};

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

} // namespace

rows sql_state_store::list(const list_webhook_deliveries& x) {
  auto& sql = link_->sql;
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

expected<webhook_delivery_page> sql_state_store::deliveries(const list_webhook_deliveries& x) {
  return reading([&]() -> expected<webhook_delivery_page> {
    const auto limit = std::clamp<size_t>(x.limit, 1, 1'000);
    webhook_delivery_page page;
    webhook_delivery_key last;
    auto row = list(x);
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

std::optional<numbered_delivery> sql_state_store::find_delivery(const webhook_delivery_key& key) {
  auto row = link_->sql.query(q::delivery_by_key, key.webhook_id, key.seq, key.replay_id);
  if (!row.next())
    return std::nullopt;
  return numbered_delivery{row->number(0), delivery_of(*row)};
}

expected<webhook_delivery_story> sql_state_store::delivery(const get_webhook_delivery& x) {
  return reading([&]() -> expected<webhook_delivery_story> {
    auto found = find_delivery(x.key);
    if (!found || (x.company_id && found->delivery.company_id != *x.company_id))
      return failure{ec::not_found, "no delivery " + to_text(x.key), {}};
    webhook_delivery_story story;
    story.delivery = std::move(found->delivery);
    auto row = link_->sql.query(q::attempts, attempts_begin(found->number),
                                attempts_begin(found->number + 1));
    while (row.next())
      story.attempts.push_back(attempt_of(*row, story.delivery));
    // Rows are overwritten in a ring.
    std::sort(story.attempts.begin(), story.attempts.end(),
              [](const auto& a, const auto& b) { return a.number < b.number; });
    return story;
  });
}

uint64_t sql_state_store::count_deliveries() {
  auto row = link_->sql.query(q::count_deliveries);
  return row.next() ? row->number(0) : 0;
}

expected<uint64_t> sql_state_store::trim(const trim_webhook_deliveries& x) {
  auto trimmed = writing([&]() -> expected<uint64_t> {
    auto& sql = link_->sql;
    if (!deliveries_)
      deliveries_ = count_deliveries();
    const auto excess = *deliveries_ > x.keep ? *deliveries_ - x.keep : 0;
    const auto limit = std::clamp<size_t>(x.limit, 1, 10'000);
    std::vector<uint64_t> gone;
    {
      // In the order of insertion, which is that of their age.
      auto row = sql.query(q::oldest_deliveries, 0);
      while (gone.size() < limit && row.next()
             && (gone.size() < excess || row->integer(1) < to_micros(x.before)))
        if (row->integer(2) != 0)
          gone.push_back(row->number(0));
    }
    for (const auto id : gone) {
      sql.run(q::erase_attempts, attempts_begin(id), attempts_begin(id + 1));
      sql.run(q::erase_delivery, id);
    }
    return gone.size();
  });
  if (!trimmed)
    deliveries_.reset();
  else
    *deliveries_ -= *trimmed;
  return trimmed;
}

} // namespace carillon::sql
