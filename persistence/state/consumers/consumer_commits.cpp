#include "persistence/state/consumers/consumer_commits.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace carillon::sql {

namespace {

namespace q {

const sql_query consumer_cursor{"consumer_cursor",
                                "SELECT cursor, generation FROM consumers WHERE name = ?1"};
const sql_query move_cursor{"move_cursor",
                            "UPDATE consumers SET cursor = ?2, updated_at = ?3 WHERE name = ?1"};
const sql_query move_cursor_and_error{
  "move_cursor_and_error",
  "UPDATE consumers SET cursor = ?2, updated_at = ?3, last_error = ?4 WHERE name = ?1"};
const sql_query erase_retry{
  "erase_retry", "DELETE FROM handler_retries WHERE consumer = ?1 AND seq = ?2 AND replay_id = ?3"};
const sql_query insert_dead_letter{
  "insert_dead_letter",
  "INSERT INTO dead_letters (consumer, seq, replay_id, event_id, event_type, company_id, "
  "attempts, last_error, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"};

} // namespace q

} // namespace

expected<void> consumer_commits::apply(std::span<const consumer_commit_ptr> xs) {
  const auto commit = [&] { return write(xs); };
  const bool behind
    = std::all_of(xs.begin(), xs.end(), [&](const auto& x) { return is_made_again(*x); });
  auto done = behind ? db_.writing_behind(commit) : db_.writing(commit);
  if (done) {
    for (const auto& x : xs)
      std::erase(applied_, x);
  } else if (auto name = db_.doubt(); !name.empty()) {
    doubt_ = std::move(name);
    doubted_.assign(xs.begin(), xs.end());
  }
  for (auto* x : writers_)
    x->ended(done);
  return done;
}

bool consumer_commits::is_made_again(const consumer_commit& x) const noexcept {
  // Without rows, somebody may have been told that the cursor is durable.
  return !x.effects.empty() && x.effects.has_only(made_again_) && x.upsert_retries.empty()
         && x.erase_retries.empty() && x.dead_letters.empty();
}

expected<void> consumer_commits::write(std::span<const consumer_commit_ptr> xs) {
  settle_doubt();
  for (auto* x : writers_)
    x->begin();
  for (const auto& x : xs) {
    if (std::find(applied_.begin(), applied_.end(), x) != applied_.end())
      continue;
    if (auto written = write(*x); !written)
      return written;
  }
  for (auto* x : writers_)
    x->finish();
  return {};
}

void consumer_commits::settle_doubt() {
  if (doubt_.empty())
    return;
  if (db_.took_place(doubt_))
    applied_.insert(applied_.end(), doubted_.begin(), doubted_.end());
  doubt_.clear();
  doubted_.clear();
}

expected<void> consumer_commits::write(const consumer_commit& x) {
  if (!x.effects.has_only(types_))
    return failure{ec::internal, x.consumer + " has effects that the store has no table for", {}};
  if (auto moved = move_cursor(x); !moved)
    return moved;
  for (const auto& y : x.effects.all<event_statements>())
    if (!y.others.has_only(types_))
      return failure{ec::internal, x.consumer + " has effects that the store has no table for", {}};
  write_effects(x.effects, x.now);
  auto refused = write_statements(x);
  write_retries(x);
  write_dead_letters(x);
  // A refused delivery may have succeeded by a row, which is erased above.
  for (const auto& row : refused)
    table_.put_retry(x.consumer, row);
  if (x.refused != nullptr)
    x.refused->rows = std::move(refused);
  return {};
}

void consumer_commits::write_effects(const effects& x, timestamp now) {
  for (auto* y : writers_)
    y->apply(x, now);
}

std::vector<retry_row> consumer_commits::write_statements(const consumer_commit& x) {
  const auto& all = x.effects.all<event_statements>();
  if (all.empty())
    return {};
  const auto run = [&](const event_statements& y) {
    for (const auto& statement : y.statements)
      db_.own().run(statement);
  };
  std::vector<retry_row> refused;
  // Nearly always none fails, and one part costs less than many.
  if (!db_.in_part([&] { std::for_each(all.begin(), all.end(), run); })) {
    for (const auto& y : all)
      write_effects(y.others, x.now);
    return refused;
  }
  for (const auto& y : all) {
    if (auto reason = db_.in_part([&] { run(y); })) {
      refused.push_back(y.if_refused);
      refused.back().last_error = std::move(*reason);
    } else {
      write_effects(y.others, x.now);
    }
  }
  return refused;
}

expected<void> consumer_commits::move_cursor(const consumer_commit& x) {
  auto& sql = db_.sql();
  const std::string_view name{x.consumer};
  {
    auto row = sql.query(q::consumer_cursor, name);
    if (!row.next())
      return failure{ec::not_found, "no consumer " + x.consumer, {}};
    if (row->number(1) != x.generation)
      return failure{ec::conflict, x.consumer + " was opened again, by another owner", {}};
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
  return {};
}

void consumer_commits::write_retries(const consumer_commit& x) {
  for (const auto& [seq, replay_id] : x.erase_retries)
    db_.sql().run(q::erase_retry, std::string_view{x.consumer}, seq, replay_id);
  for (const auto& row : x.upsert_retries)
    table_.put_retry(x.consumer, row);
}

void consumer_commits::write_dead_letters(const consumer_commit& x) {
  for (const auto& d : x.dead_letters)
    db_.sql().run(q::insert_dead_letter, std::string_view{x.consumer}, d.seq, d.replay_id,
                  std::string_view{d.event_id}, std::string_view{d.event_type},
                  std::string_view{d.company_id}, d.attempts, std::string_view{d.last_error},
                  to_micros(d.created_at));
  if (!x.dead_letters.empty())
    table_.count_dead_letters(x.consumer, static_cast<int64_t>(x.dead_letters.size()));
}

} // namespace carillon::sql
