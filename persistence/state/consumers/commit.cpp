#include "persistence/hours.hpp"
#include "persistence/state/sql_state_store.hpp"

#include <algorithm>
#include <map>
#include <tuple>

// Commits of consumers.

namespace carillon::sql {

namespace {

/// Hour, type, company.
using counter_key = std::tuple<int64_t, std::string_view, std::string_view>;

/// Each counter once: changing a row costs far more than adding here.
std::map<counter_key, uint64_t> summed(const std::vector<counter_delta>& xs) {
  std::map<counter_key, uint64_t> out;
  for (const auto& x : xs)
    out[{hour_of(x.hour), x.type, x.company_id}] += x.add;
  return out;
}

/// False if a row would be lost.
bool has_tables(const effects& x) {
  return x.has_only<audit_entry, counter_delta, webhook_attempt, webhook_wake, webhook_health,
                    job_draft, notification_draft>();
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
  if (!has_tables(x.effects))
    return failure{ec::internal, x.consumer + " has effects that the store has no table for", {}};
  auto& sql = link_->sql;
  const std::string_view name{x.consumer};
  {
    auto row = sql.query(state_query::consumer_cursor, name);
    if (!row.next())
      return failure{ec::not_found, "no consumer " + x.consumer, {}};
    if (row->number(0) > x.cursor)
      return failure{ec::conflict,
                     "the cursor of " + x.consumer + " would move back from "
                       + std::to_string(row->number(0)) + " to " + std::to_string(x.cursor),
                     {}};
  }
  if (x.last_error)
    sql.run(state_query::move_cursor_and_error, name, x.cursor, to_micros(x.now),
            std::string_view{*x.last_error});
  else
    sql.run(state_query::move_cursor, name, x.cursor, to_micros(x.now));
  audit.add(x.effects.all<audit_entry>());
  for (const auto& [key, add] : summed(x.effects.all<counter_delta>())) {
    const auto& [hour, type, company] = key;
    sql.run(state_query::add_metric, hour, type, company, add);
  }
  apply_webhooks(x.effects, x.now);
  apply_people(x.effects, x.now);
  apply_retries(x);
  insert_dead_letters(x);
  return {};
}

void sql_state_store::apply_retries(const consumer_commit& x) {
  auto& sql = link_->sql;
  const std::string_view name{x.consumer};
  for (const auto& [seq, replay_id] : x.erase_retries)
    sql.run(state_query::erase_retry, name, seq, replay_id);
  for (const auto& r : x.upsert_retries)
    sql.run(state_query::upsert_retry, name, r.seq, r.replay_id, r.attempts, to_micros(r.due),
            std::string_view{r.key}, std::string_view{r.last_error}, to_micros(r.first_failed_at));
}

void sql_state_store::insert_dead_letters(const consumer_commit& x) {
  auto& sql = link_->sql;
  for (const auto& d : x.dead_letters)
    sql.run(state_query::insert_dead_letter, std::string_view{x.consumer}, d.seq, d.replay_id,
            std::string_view{d.event_id}, std::string_view{d.event_type},
            std::string_view{d.company_id}, d.attempts, std::string_view{d.last_error},
            to_micros(d.created_at));
  if (!x.dead_letters.empty())
    sql.run(state_query::count_dead_letters, std::string_view{x.consumer}, x.dead_letters.size());
}

} // namespace carillon::sql
