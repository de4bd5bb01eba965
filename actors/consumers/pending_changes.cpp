#include "actors/consumers/pending_changes.hpp"

#include "actors/consumers/delivery_key.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

namespace carillon {

namespace {

/// True if a crash after a commit with this cursor does not repeat the delivery.
bool is_covered(const event_statements& x, position cursor) {
  return x.if_refused.replay_id != 0 || x.if_refused.seq <= cursor;
}

} // namespace

bool pending_changes::concern(position cursor) const {
  return !effects_.empty() || last_error_ || has_statements(cursor);
}

bool pending_changes::has_statements(position cursor) const {
  return std::any_of(statements_.begin(), statements_.end(),
                     [cursor](const auto& x) { return is_covered(x, cursor); });
}

position pending_changes::first_uncovered(position cursor) const {
  auto out = beyond_all;
  for (const auto& x : statements_)
    if (!is_covered(x, cursor))
      out = std::min(out, x.if_refused.seq);
  return out;
}

pending_changes::calls pending_changes::move_to(consumer_commit& to, size_t events) {
  to.effects = std::exchange(effects_, {});
  move_statements(to);
  to.last_error = std::exchange(last_error_, std::nullopt);
  events_ = events;
  worked_ = false;
  return std::exchange(waiting_, {});
}

void pending_changes::move_statements(consumer_commit& to) {
  auto kept
    = std::stable_partition(statements_.begin(), statements_.end(),
                            [&to](const event_statements& x) { return is_covered(x, to.cursor); });
  if (kept == statements_.begin())
    return;
  to.refused = std::make_shared<refused_deliveries>();
  to.effects.rows<event_statements>().assign(std::make_move_iterator(statements_.begin()),
                                             std::make_move_iterator(kept));
  statements_.erase(statements_.begin(), kept);
}

} // namespace carillon
