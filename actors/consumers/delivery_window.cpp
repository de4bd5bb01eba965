#include "actors/consumers/delivery_window.hpp"

#include <algorithm>

namespace carillon {

delivery_window::delivery_window(consumer_policy policy, position cursor,
                                 std::vector<retry_row> rows, timestamp as_of)
  : policy_(std::move(policy)), passed_(cursor), committed_(cursor) {
  for (auto& row : rows)
    insert_row(std::move(row), as_of);
}

// -- feeding ------------------------------------------------------------------

size_t delivery_window::room() const noexcept {
  if (rows_.size() >= policy_.max_retries || slots_.size() >= policy_.window)
    return 0;
  return policy_.window - slots_.size();
}

void delivery_window::offer(event_ptr x) {
  slot added{std::move(x), phase::waiting, {}};
  passed_ = added.event->seq;
  if (policy_.order == delivery_order::per_key)
    added.key = policy_.key ? policy_.key(*added.event) : added.event->company_id;
  // The row was committed while an earlier event still held the cursor: it owns the event.
  if (rows_.contains({added.event->seq, 0}))
    added.state = policy_.order == delivery_order::total ? phase::held : phase::done;
  slots_.push_back(std::move(added));
  advance();
}

void delivery_window::pass(position up_to) {
  passed_ = std::max(passed_, up_to);
}

// -- starting -----------------------------------------------------------------

void delivery_window::start(slot& x, std::vector<event_ptr>& out) {
  x.state = phase::running;
  ++running_;
  if (!x.key.empty())
    busy_keys_.insert(x.key);
  out.push_back(x.event);
}

std::vector<event_ptr> delivery_window::start_new(size_t max, timestamp now) {
  std::vector<event_ptr> out;
  if (policy_.order == delivery_order::total) {
    if (max > 0 && !slots_.empty() && slots_.front().state == phase::waiting)
      start(slots_.front(), out);
    return out;
  }
  bool keyed = policy_.order == delivery_order::per_key;
  for (size_t i = keyed ? 0 : first_waiting_; i < slots_.size() && out.size() < max; ++i) {
    auto& x = slots_[i];
    if (!keyed)
      first_waiting_ = i + 1;
    if (x.state != phase::waiting)
      continue;
    if (!x.key.empty() && rows_of_key_.contains(x.key)) {
      // Behind a row there is room only within the bound on rows.
      if (rows_.size() < policy_.max_retries)
        park(x, now);
    } else if (x.key.empty() || !busy_keys_.contains(x.key)) {
      start(x, out);
    }
  }
  advance();
  return out;
}

std::vector<retry_row> delivery_window::start_due(size_t max, timestamp now) {
  std::vector<retry_row> out;
  while (out.size() < max && !eligible_.empty() && eligible_.begin()->first <= now) {
    auto& x = rows_.at(eligible_.begin()->second);
    eligible_.erase(eligible_.begin());
    x.running = true;
    ++running_;
    out.push_back(x.row);
  }
  return out;
}

std::optional<timestamp> delivery_window::next_due() const {
  if (eligible_.empty())
    return std::nullopt;
  return eligible_.begin()->first;
}

void delivery_window::set_back_to(timestamp now) {
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

// -- outcomes -----------------------------------------------------------------

void delivery_window::succeeded(delivery_key x) {
  --running_;
  if (auto i = rows_.find(x); i != rows_.end())
    erase_row(i);
  if (auto* found = x.replay_id == 0 ? find_slot(x.seq) : nullptr) {
    release(*found);
    found->state = phase::done;
    advance();
  }
}

void delivery_window::failed(delivery_key x, std::string error, timestamp now,
                             std::optional<timestamp> not_before, int status) {
  --running_;
  auto* found = x.replay_id == 0 ? find_slot(x.seq) : nullptr;
  auto i = rows_.find(x);
  if (i == rows_.end()) {
    retry_row row{.seq = x.seq,
                  .replay_id = x.replay_id,
                  .attempts = 0,
                  .due = now,
                  .key = found != nullptr ? found->key : std::string{},
                  .last_error = {},
                  .first_failed_at = now};
    i = rows_.emplace(x, entry{std::move(row), false, std::nullopt, now}).first;
    if (!i->second.row.key.empty())
      rows_of_key_[i->second.row.key].insert(x.seq);
  }
  auto& row = i->second.row;
  if (row.attempts == 0)
    row.first_failed_at = now;
  ++row.attempts;
  row.last_error = std::move(error);
  row.last_status = status;
  row.due = row.attempts >= policy_.max_attempts
              ? now
              : std::max(now + pause_before(row.attempts + 1), not_before.value_or(now));
  i->second.decided_at = now;
  i->second.running = false;
  dirty_.insert(x);
  make_eligible(i->second);
  if (found != nullptr) {
    release(*found);
    found->state = policy_.order == delivery_order::total ? phase::held : phase::done;
    advance();
  }
}

void delivery_window::postpone(delivery_key x, timestamp due) {
  auto i = rows_.find(x);
  if (i == rows_.end())
    return;
  --running_;
  i->second.running = false;
  i->second.row.due = i->second.decided_at = due;
  make_eligible(i->second);
}

void delivery_window::give_up(delivery_key x, dead_letter letter) {
  auto i = rows_.find(x);
  if (i == rows_.end())
    return;
  --running_;
  // Written only when the cursor has passed the event: otherwise a crash would deliver it again.
  i->second.letter = std::move(letter);
  given_up_.insert(x);
  if (auto* found = x.replay_id == 0 ? find_slot(x.seq) : nullptr) {
    found->state = phase::done;
    advance();
  }
}

void delivery_window::add_row(retry_row x) {
  auto i = rows_.find({x.seq, x.replay_id});
  if (i == rows_.end()) {
    auto due = x.due;
    insert_row(std::move(x), due);
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

position delivery_window::cursor() const noexcept {
  return slots_.empty() ? passed_ : slots_.front().event->seq - 1;
}

std::optional<timestamp> delivery_window::oldest_failure() const {
  std::optional<timestamp> out;
  for (const auto& [key, x] : rows_)
    if (x.row.attempts > 0)
      out = out ? std::min(*out, x.row.first_failed_at) : x.row.first_failed_at;
  return out;
}

// -- committing ---------------------------------------------------------------

bool delivery_window::changed() const noexcept {
  return cursor() != committed_ || !dirty_.empty() || !erased_.empty()
         || (!given_up_.empty() && given_up_.begin()->seq <= cursor()) || much_done_ahead();
}

bool delivery_window::is_done_ahead(const slot& x) const {
  return x.state == phase::done && !rows_.contains({x.event->seq, 0});
}

size_t delivery_window::done_ahead() const {
  return static_cast<size_t>(std::count_if(slots_.begin(), slots_.end(),
                                           [this](const slot& x) { return is_done_ahead(x); }));
}

bool delivery_window::much_done_ahead() const {
  return policy_.in_flight > 0 && policy_.order == delivery_order::none
         && done_ahead() > policy_.in_flight / 2;
}

void delivery_window::let_cursor_pass(timestamp now) {
  if (!much_done_ahead())
    return;
  auto last = slots_.size();
  while (!is_done_ahead(slots_[last - 1]))
    --last;
  for (size_t i = 0; i < last; ++i) {
    if (slots_[i].state != phase::running)
      continue;
    park(slots_[i], now);
    delivery_key key{slots_[i].event->seq, 0};
    // The row runs already; its outcome erases it or counts the attempt.
    auto& row = rows_.at(key);
    eligible_.erase({row.row.due, key});
    row.running = true;
  }
  advance();
}

void delivery_window::take_changes(consumer_commit& out) {
  let_cursor_pass(out.now);
  out.cursor = committed_ = cursor();
  for (auto i = given_up_.begin(); i != given_up_.end();) {
    if (i->replay_id == 0 && i->seq > out.cursor) {
      ++i;
      continue;
    }
    auto row = rows_.find(*i);
    out.dead_letters.push_back(std::move(*row->second.letter));
    erase_row(row);
    i = given_up_.erase(i);
  }
  for (const auto& key : dirty_)
    if (auto i = rows_.find(key); i != rows_.end())
      out.upsert_retries.push_back(i->second.row);
  out.erase_retries = std::exchange(erased_, {});
  dirty_.clear();
}

// -- helpers ------------------------------------------------------------------

delivery_window::slot* delivery_window::find_slot(position seq) {
  auto i = std::lower_bound(slots_.begin(), slots_.end(), seq,
                            [](const slot& x, position y) { return x.event->seq < y; });
  return i != slots_.end() && i->event->seq == seq ? &*i : nullptr;
}

void delivery_window::advance() {
  while (!slots_.empty() && slots_.front().state == phase::done) {
    slots_.pop_front();
    if (first_waiting_ > 0)
      --first_waiting_;
  }
}

void delivery_window::release(const slot& x) {
  if (x.state == phase::running && !x.key.empty())
    busy_keys_.erase(x.key);
}

void delivery_window::park(slot& x, timestamp now) {
  insert_row({.seq = x.event->seq,
              .replay_id = 0,
              .attempts = 0,
              .due = now,
              .key = x.key,
              .last_error = {},
              .first_failed_at = now},
             now);
  dirty_.insert({x.event->seq, 0});
  x.state = phase::done;
}

void delivery_window::insert_row(retry_row row, timestamp decided_at) {
  delivery_key key{row.seq, row.replay_id};
  if (policy_.order != delivery_order::per_key || row.replay_id != 0)
    row.key.clear();
  if (!row.key.empty())
    rows_of_key_[row.key].insert(row.seq);
  auto i
    = rows_.insert_or_assign(key, entry{std::move(row), false, std::nullopt, decided_at}).first;
  make_eligible(i->second);
}

void delivery_window::erase_row(std::map<delivery_key, entry>::iterator i) {
  erased_.emplace_back(i->first.seq, i->first.replay_id);
  auto key = std::move(i->second.row.key);
  auto seq = i->first.seq;
  eligible_.erase({i->second.row.due, i->first});
  rows_.erase(i);
  if (key.empty())
    return;
  auto of_key = rows_of_key_.find(key);
  of_key->second.erase(seq);
  if (of_key->second.empty())
    rows_of_key_.erase(of_key);
  else
    make_eligible(rows_.at({*of_key->second.begin(), 0}));
}

void delivery_window::make_eligible(const entry& x) {
  if (!x.running && !x.letter && heads_its_key(x.row))
    eligible_.emplace(x.row.due, delivery_key{x.row.seq, x.row.replay_id});
}

bool delivery_window::heads_its_key(const retry_row& x) const {
  if (x.key.empty())
    return true;
  return *rows_of_key_.at(x.key).begin() == x.seq;
}

std::chrono::milliseconds delivery_window::pause_before(uint32_t attempt) const {
  // attempt 2 waits for the first entry of the schedule.
  auto index = std::min<size_t>(attempt - 2, policy_.retry_schedule.size() - 1);
  return policy_.retry_schedule[index];
}

} // namespace carillon
