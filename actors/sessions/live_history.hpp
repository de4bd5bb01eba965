#pragma once

#include "messages/events/viewer.hpp"
#include "messages/sessions/live_event.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace carillon {

/// The latest events that a session may see, for sessions that were briefly away. Plain logic.
class live_history {
public:
  /// Keeps at most this many events and bytes.
  live_history(size_t max_events, size_t max_bytes)
    : max_events_(max_events), max_bytes_(max_bytes) {
  }

  /// Forgets all events; the next event comes after this position.
  void reset(position at);

  /// Events come in ascending order.
  void add(live_event_ptr x);

  /// Everything up to here was added or has no recipient.
  void reach(position to) noexcept {
    to_ = to;
  }

  /// Events after this position are remembered.
  position from() const noexcept {
    return from_;
  }

  position to() const noexcept {
    return to_;
  }

  size_t events() const noexcept {
    return events_.size();
  }

  struct page {
    std::vector<live_event_ptr> events;
    position to = 0;
  };

  /// Events that `who` may see after a position ≥ `from()`, at most `limit` of them and about as
  /// many bytes as given. `to` is `to()` at the end. Looks at a bounded number of events.
  page read(position after, const viewer& who, size_t limit, size_t bytes) const;

private:
  size_t max_events_;
  size_t max_bytes_;
  std::deque<live_event_ptr> events_;
  size_t bytes_ = 0;
  position from_ = 0;
  position to_ = 0;
};

} // namespace carillon
