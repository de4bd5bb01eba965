#include "actors/consumers/retries/retry_rows.hpp"

#include <algorithm>

namespace carillon {

retry_rows::retry_rows(const consumer_policy& policy, std::vector<retry_row> xs, timestamp as_of,
                       position cursor)
  : by_key_(policy.order == delivery_order::per_key), max_attempts_(policy.max_attempts),
    schedule_(policy.retry_schedule) {
  for (auto& x : xs) {
    if (by_key_ && x.seq > cursor && x.replay_id == 0 && !x.key.empty())
      ahead_.insert(x.seq);
    make_eligible(insert(std::move(x), as_of)->second);
  }
}

// -- starting -----------------------------------------------------------------

std::vector<retry_row> retry_rows::start_due(size_t max, timestamp now, position before) {
  std::vector<retry_row> out;
  for (auto i = eligible_.begin(); i != eligible_.end() && i->first <= now && out.size() < max;) {
    const auto& key = i->second;
    if (key.replay_id == 0 && key.seq >= before) {
      ++i;
      continue;
    }
    auto& x = rows_.at(key);
    i = eligible_.erase(i);
    x.running = true;
    out.push_back(x.row);
  }
  return out;
}

void retry_rows::release(position seq) {
  ahead_.erase(seq);
  if (auto i = rows_.find({seq, 0}); i != rows_.end())
    make_eligible(i->second);
}

std::optional<timestamp> retry_rows::next_due() const {
  if (eligible_.empty())
    return std::nullopt;
  return eligible_.begin()->first;
}

void retry_rows::set_back_to(timestamp now) {
  for (auto& [key, x] : rows_) {
    if (x.decided_at <= now || x.running || x.letter)
      continue;
    auto pause = std::max(x.row.due - x.decided_at, timestamp::duration{0});
    eligible_.erase({x.row.due, key});
    x.row.due = std::min(x.row.due, now + pause);
    x.decided_at = now;
    dirty_.insert(key);
    make_eligible(x);
  }
}

// -- changes ------------------------------------------------------------------

void retry_rows::park(position seq, std::string key, timestamp now, bool running) {
  auto i = insert({.seq = seq,
                   .replay_id = 0,
                   .attempts = 0,
                   .due = now,
                   .key = std::move(key),
                   .last_error = {},
                   .first_failed_at = now},
                  now);
  i->second.running = running;
  dirty_.insert(i->first);
  make_eligible(i->second);
}

void retry_rows::succeeded(delivery_key x) {
  if (auto i = rows_.find(x); i != rows_.end())
    erase(i);
}

retry_row retry_rows::row_if_failed(delivery_key x, const std::string& key, timestamp now) const {
  retry_row out{.seq = x.seq,
                .replay_id = x.replay_id,
                .attempts = 0,
                .due = now,
                .key = key,
                .last_error = {},
                .first_failed_at = now};
  if (auto i = rows_.find(x); i != rows_.end())
    out = i->second.row;
  if (out.attempts == 0)
    out.first_failed_at = now;
  ++out.attempts;
  out.last_status = 0;
  out.due = out.attempts >= max_attempts_ ? now : now + pause_before(out.attempts + 1);
  return out;
}

void retry_rows::failed(delivery_key x, const std::string& key, std::string error, timestamp now,
                        std::optional<timestamp> not_before, int status, bool last) {
  auto row = row_if_failed(x, key, now);
  if (last)
    row.due = now;
  row.is_last = last;
  row.last_error = std::move(error);
  row.last_status = status;
  if (row.attempts < max_attempts_ && !last)
    row.due = std::max(row.due, not_before.value_or(now));
  auto i = rows_.find(x);
  if (i == rows_.end())
    i = insert(std::move(row), now);
  else
    i->second.row = std::move(row);
  i->second.decided_at = now;
  i->second.running = false;
  dirty_.insert(x);
  make_eligible(i->second);
}

bool retry_rows::postpone(delivery_key x, timestamp due) {
  auto i = rows_.find(x);
  if (i == rows_.end())
    return false;
  i->second.running = false;
  i->second.row.due = i->second.decided_at = due;
  make_eligible(i->second);
  return true;
}

bool retry_rows::give_up(delivery_key x, dead_letter letter) {
  auto i = rows_.find(x);
  if (i == rows_.end())
    return false;
  i->second.letter = std::move(letter);
  given_up_.insert(x);
  return true;
}

void retry_rows::add(retry_row x) {
  auto i = rows_.find({x.seq, x.replay_id});
  if (i == rows_.end()) {
    auto due = x.due;
    make_eligible(insert(std::move(x), due)->second);
    return;
  }
  auto& known = i->second;
  if (known.running || known.letter)
    return;
  eligible_.erase({known.row.due, i->first});
  known.row.due = known.decided_at = x.due;
  known.row.attempts = x.attempts;
  make_eligible(known);
}

// -- properties ---------------------------------------------------------------

const std::string& retry_rows::key_of(position seq) const {
  static const std::string none;
  auto i = rows_.find({seq, 0});
  return i != rows_.end() ? i->second.row.key : none;
}

bool retry_rows::holds(const std::string& key, position seq) const {
  auto found = rows_of_key_.find(key);
  return found != rows_of_key_.end() && *found->second.begin() < seq;
}

std::optional<timestamp> retry_rows::oldest_failure() const {
  std::optional<timestamp> out;
  for (const auto& [key, x] : rows_)
    if (x.row.attempts > 0)
      out = out ? std::min(*out, x.row.first_failed_at) : x.row.first_failed_at;
  return out;
}

// -- committing ---------------------------------------------------------------

bool retry_rows::changed(position cursor) const noexcept {
  return !dirty_.empty() || !erased_.empty()
         || (!given_up_.empty() && given_up_.begin()->seq <= cursor);
}

void retry_rows::take_changes(consumer_commit& out) {
  for (auto i = given_up_.begin(); i != given_up_.end();) {
    if (i->replay_id == 0 && i->seq > out.cursor) {
      ++i;
      continue;
    }
    auto row = rows_.find(*i);
    out.dead_letters.push_back(std::move(*row->second.letter));
    erase(row);
    i = given_up_.erase(i);
  }
  for (const auto& key : dirty_)
    if (auto i = rows_.find(key); i != rows_.end())
      out.upsert_retries.push_back(i->second.row);
  out.erase_retries = std::exchange(erased_, {});
  dirty_.clear();
}

// -- helpers ------------------------------------------------------------------

retry_rows::entries::iterator retry_rows::insert(retry_row row, timestamp decided_at) {
  delivery_key key{row.seq, row.replay_id};
  if (!by_key_ || row.replay_id != 0)
    row.key.clear();
  if (!row.key.empty()) {
    auto& of_key = rows_of_key_[row.key];
    // A delivery whose statements were refused comes back: what was behind it is behind it again.
    if (!of_key.empty() && row.seq < *of_key.begin()) {
      const delivery_key behind{*of_key.begin(), 0};
      eligible_.erase({rows_.at(behind).row.due, behind});
    }
    of_key.insert(row.seq);
  }
  return rows_.insert_or_assign(key, entry{std::move(row), false, std::nullopt, decided_at}).first;
}

void retry_rows::erase(entries::iterator i) {
  erased_.emplace_back(i->first.seq, i->first.replay_id);
  auto key = std::move(i->second.row.key);
  auto seq = i->first.seq;
  eligible_.erase({i->second.row.due, i->first});
  rows_.erase(i);
  if (key.empty())
    return;
  ahead_.erase(seq);
  auto of_key = rows_of_key_.find(key);
  of_key->second.erase(seq);
  if (of_key->second.empty())
    rows_of_key_.erase(of_key);
  else
    make_eligible(rows_.at({*of_key->second.begin(), 0}));
}

void retry_rows::make_eligible(const entry& x) {
  if (!x.running && !x.letter && heads_its_key(x.row))
    eligible_.emplace(x.row.due, delivery_key{x.row.seq, x.row.replay_id});
}

bool retry_rows::heads_its_key(const retry_row& x) const {
  if (x.key.empty())
    return true;
  return *rows_of_key_.at(x.key).begin() == x.seq && !ahead_.contains(x.seq);
}

std::chrono::milliseconds retry_rows::pause_before(uint32_t attempt) const {
  // attempt 2 waits for the first entry of the schedule.
  auto index = std::min<size_t>(attempt - 2, schedule_.size() - 1);
  return schedule_[index];
}

} // namespace carillon
