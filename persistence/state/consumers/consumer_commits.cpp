#include "persistence/hours.hpp"
#include "persistence/state/sql_state_store.hpp"

#include <algorithm>
#include <map>
#include <tuple>

// Commits of consumers.

namespace carillon::sql {

namespace {

namespace q {

const sql_query consumer_cursor{"consumer_cursor", "SELECT cursor FROM consumers WHERE name = ?1"};
const sql_query move_cursor{"move_cursor",
                            "UPDATE consumers SET cursor = ?2, updated_at = ?3 WHERE name = ?1"};
const sql_query move_cursor_and_error{
  "move_cursor_and_error",
  "UPDATE consumers SET cursor = ?2, updated_at = ?3, last_error = ?4 WHERE name = ?1"};
const sql_query count_dead_letters{
  "count_dead_letters", "UPDATE consumers SET dead_letters = dead_letters + ?2 WHERE name = ?1"};
const sql_query upsert_retry{
  "upsert_retry",
  "INSERT INTO handler_retries (consumer, seq, replay_id, attempts, due, order_key, "
  "last_error, first_failed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
  "ON CONFLICT (consumer, seq, replay_id) DO UPDATE SET attempts = excluded.attempts, "
  "due = excluded.due, order_key = excluded.order_key, last_error = excluded.last_error, "
  "first_failed_at = excluded.first_failed_at"};
const sql_query erase_retry{
  "erase_retry", "DELETE FROM handler_retries WHERE consumer = ?1 AND seq = ?2 AND replay_id = ?3"};
const sql_query insert_dead_letter{
  "insert_dead_letter",
  "INSERT INTO dead_letters (consumer, seq, replay_id, event_id, event_type, company_id, "
  "attempts, last_error, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"};
const sql_query add_metric{"add_metric", "INSERT INTO metric_counters VALUES (?1, ?2, ?3, ?4) "
                                         "ON CONFLICT (hour, type, company_id) DO UPDATE SET "
                                         "count = metric_counters.count + excluded.count"};

} // namespace q

/// Hour, type, company.
using counter_key = std::tuple<int64_t, std::string_view, std::string_view>;

/// Each counter once: changing a row costs far more than adding here.
std::map<counter_key, uint64_t> summed(const std::vector<counter_delta>& xs) {
  std::map<counter_key, uint64_t> out;
  for (const auto& x : xs)
    out[{hour_of(x.hour), x.type, x.company_id}] += x.add;
  return out;
}

} // namespace

expected<void> sql_state_store::commit(std::span<const consumer_commit_ptr> xs) {
  new_deliveries_ = 0;
  auto done = writing([&]() -> expected<void> {
    settle_doubt();
    audit_appender audit{*this};
    for (const auto& x : xs) {
      if (std::find(applied_.begin(), applied_.end(), x) != applied_.end())
        continue;
      auto applied = apply(*x, audit);
      if (!applied)
        return applied;
    }
    audit.save();
    return {};
  });
  if (done) {
    for (const auto& x : xs)
      std::erase(applied_, x);
  } else if (auto name = link_ ? link_->db->doubt() : std::string{}; !name.empty()) {
    doubt_ = std::move(name);
    doubted_.assign(xs.begin(), xs.end());
  }
  if (done && deliveries_)
    *deliveries_ += new_deliveries_;
  else if (!done && done.error().code != ec::conflict && done.error().code != ec::not_found)
    deliveries_.reset(); // Whether it reached the disk is not known.
  return done;
}

void sql_state_store::settle_doubt() {
  if (doubt_.empty())
    return;
  if (link_->db->took_place(doubt_))
    applied_.insert(applied_.end(), doubted_.begin(), doubted_.end());
  doubt_.clear();
  doubted_.clear();
}

expected<void> sql_state_store::apply(const consumer_commit& x, audit_appender& audit) {
  auto& sql = link_->sql;
  const std::string_view name{x.consumer};
  {
    auto row = sql.query(q::consumer_cursor, name);
    if (!row.next())
      return failure{ec::not_found, "no consumer " + x.consumer, {}};
    if (row->number(0) > x.cursor)
      return failure{ec::conflict,
                     "the cursor of " + x.consumer + " would move back from "
                       + std::to_string(row->number(0)) + " to " + std::to_string(x.cursor),
                     {}};
  }
  if (x.last_error)
    sql.run(q::move_cursor_and_error, name, x.cursor, to_micros(x.now),
            std::string_view{*x.last_error});
  else
    sql.run(q::move_cursor, name, x.cursor, to_micros(x.now));
  audit.add(x.effects.audit);
  for (const auto& [key, add] : summed(x.effects.counters)) {
    const auto& [hour, type, company] = key;
    sql.run(q::add_metric, hour, type, company, add);
  }
  apply_webhooks(x.effects, x.now);
  apply_people(x.effects, x.now);
  apply_retries(x);
  insert_dead_letters(x);
  return {};
}

void sql_state_store::put_retry(const std::string& consumer, const retry_row& x) {
  link_->sql.run(q::upsert_retry, std::string_view{consumer}, x.seq, x.replay_id, x.attempts,
                 to_micros(x.due), std::string_view{x.key}, std::string_view{x.last_error},
                 to_micros(x.first_failed_at));
}

void sql_state_store::count_dead_letters(const std::string& consumer, int64_t more) {
  link_->sql.run(q::count_dead_letters, std::string_view{consumer}, more);
}

void sql_state_store::apply_retries(const consumer_commit& x) {
  auto& sql = link_->sql;
  for (const auto& [seq, replay_id] : x.erase_retries)
    sql.run(q::erase_retry, std::string_view{x.consumer}, seq, replay_id);
  for (const auto& row : x.upsert_retries)
    put_retry(x.consumer, row);
}

void sql_state_store::insert_dead_letters(const consumer_commit& x) {
  auto& sql = link_->sql;
  for (const auto& d : x.dead_letters)
    sql.run(q::insert_dead_letter, std::string_view{x.consumer}, d.seq, d.replay_id,
            std::string_view{d.event_id}, std::string_view{d.event_type},
            std::string_view{d.company_id}, d.attempts, std::string_view{d.last_error},
            to_micros(d.created_at));
  if (!x.dead_letters.empty())
    count_dead_letters(x.consumer, static_cast<int64_t>(x.dead_letters.size()));
}

} // namespace carillon::sql
