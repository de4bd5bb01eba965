#include "persistence/postgres/log/insertion.hpp"
#include "persistence/postgres/log/log.hpp"

#include <algorithm>

// Appending few events: one text, which is one round trip.

namespace carillon::postgres {

namespace {

/// Number of appends that query the head first after another process appended.
constexpr unsigned contention = 64;

} // namespace

bool log::may_append_few(std::span<const draft_ptr> drafts) const noexcept {
  // A failure here leaves the commit in doubt, whereas the longer way would not have begun. On a
  // new connection the node's lock is checked first.
  return drafts.size() <= most_inserted && known_head_ && contended_ == 0
         && db_.generation() == generation_ && db_.seems_alive();
}

std::string log::statements_to_append(const std::vector<event_ptr>& xs) {
  return "BEGIN; " + statements_to_check(xs.front()->seq - 1, lock_ ? lock_->epoch() : int64_t{0})
         + statements_to_add(xs);
}

std::string log::statements_to_add(const std::vector<event_ptr>& xs) {
  std::string out;
  for (const auto& x : xs)
    out += statement_to_insert(db_, *x);
  return out + statements_to_end(xs);
}

std::optional<append_result> log::append_few(std::span<const draft_ptr> drafts, timestamp now) {
  auto batch = std::make_shared<event_batch>();
  receipts items;
  auto next = std::exchange(known_head_, std::nullopt).value() + 1;
  now = std::max(now, recorded_);
  for (const auto& x : drafts) {
    x->seq = next++;
    x->recorded_at = now;
    items.push_back({.seq = x->seq, .duplicate = false, .conflicting_type = {}});
    batch->events.push_back(x);
  }
  bool sure = false;
  try {
    db_.run(statements_to_append(batch->events));
    sure = !db_.warned();
  } catch (const std::exception& x) {
    if (is_elsewhere(x)) {
      db_.rollback();
      contended_ = contention;
      return std::nullopt;
    }
    if (!db_.is_lost())
      throw;
    if (!was_appended(batch->events))
      return std::nullopt;
  }
  if (!sure)
    db_.confirm();
  return appended(std::move(batch), std::move(items));
}

} // namespace carillon::postgres
