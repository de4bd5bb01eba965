#include "actors/consumers/delivery_window.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace carillon {

namespace {

using phase = window_slot::phase;

bool is_done_ahead(const window_slot& x, const retry_rows& rows) {
  return x.state == phase::done && !rows.contains({x.seq(), 0});
}

} // namespace

delivery_window::delivery_window(consumer_policy policy, position cursor,
                                 std::vector<retry_row> rows, timestamp as_of)
  : policy_(std::move(policy)), passed_(cursor), committed_(cursor),
    rows_(policy_, std::move(rows), as_of, cursor) {
}

// -- feeding ------------------------------------------------------------------

size_t delivery_window::room() const noexcept {
  // Rows beyond what was read wait for events to come, whatever their number.
  const bool awaited = !rows_.ahead().empty() && *rows_.ahead().rbegin() > passed_;
  if ((rows_.size() >= policy_.max_retries && !awaited) || slots_.size() >= policy_.window)
    return 0;
  return policy_.window - slots_.size();
}

void delivery_window::offer(event_ptr x) {
  window_slot added{std::move(x), {}, phase::waiting};
  passed_ = added.seq();
  if (policy_.order == delivery_order::per_key)
    added.key = policy_.key ? policy_.key(*added.event) : added.event->company_id;
  // The row was committed while an earlier event still held the cursor: it owns the event.
  if (rows_.contains({added.seq(), 0}))
    added.state = policy_.order == delivery_order::total ? phase::held : phase::done;
  slots_.push(std::move(added));
  slots_.advance();
}

void delivery_window::pass(position up_to) {
  passed_ = std::max(passed_, up_to);
}

// -- starting -----------------------------------------------------------------

void delivery_window::start(window_slot& x, std::vector<event_ptr>& out) {
  slots_.start(x);
  ++running_;
  out.push_back(x.event);
}

std::vector<event_ptr> delivery_window::start_new(size_t max, timestamp now, position before) {
  std::vector<event_ptr> out;
  if (policy_.order == delivery_order::total) {
    if (max > 0 && !slots_.empty() && slots_.front().state == phase::waiting)
      start(slots_[0], out);
    return out;
  }
  bool keyed = policy_.order == delivery_order::per_key;
  for (size_t i = keyed ? 0 : slots_.looked_at(); i < slots_.size() && out.size() < max; ++i) {
    auto& x = slots_[i];
    if (x.seq() >= before)
      break;
    if (!keyed)
      slots_.look_at(i);
    if (x.state != phase::waiting)
      continue;
    if (!x.key.empty() && rows_.holds(x.key, x.seq())) {
      // Behind a row there is room only within the bound on rows.
      if (rows_.size() < policy_.max_retries)
        park(x, now, false);
    } else if (x.key.empty() || slots_.has_room(x.key, policy_.max_per_key)) {
      start(x, out);
    }
  }
  slots_.advance();
  return out;
}

std::vector<retry_row> delivery_window::start_due(size_t max, timestamp now, position before) {
  release_rows();
  auto out = rows_.start_due(max, now, before);
  running_ += out.size();
  return out;
}

// -- outcomes -----------------------------------------------------------------

void delivery_window::succeeded(delivery_key x) {
  --running_;
  rows_.succeeded(x);
  if (auto* found = x.replay_id == 0 ? slots_.find(x.seq) : nullptr) {
    slots_.end(*found, phase::done);
    slots_.advance();
  }
}

void delivery_window::failed(delivery_key x, std::string error, timestamp now,
                             std::optional<timestamp> not_before, int status, bool last) {
  --running_;
  auto* found = x.replay_id == 0 ? slots_.find(x.seq) : nullptr;
  rows_.failed(x, found != nullptr ? found->key : std::string{}, std::move(error), now, not_before,
               status, last);
  if (found != nullptr) {
    slots_.end(*found, policy_.order == delivery_order::total ? phase::held : phase::done);
    slots_.advance();
  }
}

retry_row delivery_window::row_if_refused(delivery_key x, timestamp now) {
  auto* found = x.replay_id == 0 ? slots_.find(x.seq) : nullptr;
  return rows_.row_if_failed(x, found != nullptr ? found->key : std::string{}, now);
}

void delivery_window::postpone(delivery_key x, timestamp due) {
  if (rows_.postpone(x, due))
    --running_;
}

void delivery_window::give_up(delivery_key x, dead_letter letter) {
  if (!rows_.give_up(x, std::move(letter)))
    return;
  --running_;
  if (auto* found = x.replay_id == 0 ? slots_.find(x.seq) : nullptr) {
    slots_.end(*found, phase::done);
    slots_.advance();
  }
}

// -- properties ---------------------------------------------------------------

position delivery_window::cursor() const noexcept {
  return slots_.empty() ? passed_ : slots_.front().seq() - 1;
}

// -- committing ---------------------------------------------------------------

bool delivery_window::changed() const noexcept {
  return cursor() != committed_ || rows_.changed(cursor()) || much_done_ahead();
}

size_t delivery_window::done_ahead() const {
  return static_cast<size_t>(
    std::count_if(slots_.begin(), slots_.end(),
                  [this](const window_slot& x) { return is_done_ahead(x, rows_); }));
}

bool delivery_window::much_done_ahead() const {
  return policy_.in_flight > 0 && policy_.order == delivery_order::none
         && done_ahead() > policy_.in_flight / 2;
}

void delivery_window::let_cursor_pass(timestamp now) {
  if (!much_done_ahead())
    return;
  auto last = slots_.size();
  while (!is_done_ahead(slots_[last - 1], rows_))
    --last;
  // The rows run already; their outcomes erase them or count the attempts.
  for (size_t i = 0; i < last; ++i)
    if (slots_[i].state == phase::running)
      park(slots_[i], now, true);
  slots_.advance();
}

void delivery_window::take_changes(consumer_commit& out) {
  let_cursor_pass(out.now);
  out.cursor = committed_ = cursor();
  rows_.take_changes(out);
}

// -- helpers ------------------------------------------------------------------

void delivery_window::release_rows() {
  const auto& ahead = rows_.ahead();
  if (ahead.empty() || *ahead.begin() > passed_)
    return;
  std::unordered_set<std::string_view> keys_before;
  auto slot = slots_.begin();
  for (auto i = ahead.begin(); i != ahead.end() && *i <= passed_;) {
    const auto seq = *i++;
    for (; slot != slots_.end() && slot->seq() < seq; ++slot)
      if (slot->state != phase::done)
        keys_before.insert(slot->key);
    if (!keys_before.contains(rows_.key_of(seq)))
      rows_.release(seq);
  }
}

void delivery_window::park(window_slot& x, timestamp now, bool running) {
  rows_.park(x.seq(), x.key, now, running);
  slots_.end(x, phase::done);
}

} // namespace carillon
