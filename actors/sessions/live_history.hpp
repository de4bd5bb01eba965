#pragma once

#include "messages/events/viewer.hpp"
#include "messages/sessions/live_event.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace carillon {

/// The latest events that anybody may see, for sessions that were away for a moment. Plain logic.
class live_history {
public:
  /// Keeps so many events, and so many bytes of them, at most.
  live_history(size_t max_events, size_t max_bytes)
    : max_events_(max_events), max_bytes_(max_bytes) {
  }

  /// Nothing is remembered; the next event comes after this position.
  void reset(position at);

  /// In ascending order.
  void add(live_event_ptr x);

  /// Everything up to here was added or is for nobody.
  void reach(position to) noexcept {
    to_ = to;
  }

  /// What comes after this position is remembered.
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

  /// What `who` may see after a position ≥ `from()`, at most `limit` of it and about so many bytes.
  /// `to` is `to()` at the end. Looks at a bounded number of events.
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
