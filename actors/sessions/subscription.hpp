#pragma once

#include "messages/events/filter.hpp"
#include "messages/sessions/live_event.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace carillon {

/// The types of events that a session's client wants, and what is in them. Plain logic.
class subscription {
public:
  /// Events in a row: `[first, last)`.
  struct run {
    size_t first = 0;
    size_t last = 0;

    bool empty() const noexcept {
      return first == last;
    }
  };

  /// @param types empty = every type
  explicit subscription(std::vector<type_pattern> types = {}, payload_filter filter = {});

  const std::vector<type_pattern>& types() const noexcept {
    return types_;
  }

  const payload_filter& filter() const noexcept {
    return filter_;
  }

  /// Events that only the filter excluded, since the last call.
  uint64_t take_excluded() noexcept {
    return std::exchange(excluded_, 0);
  }

  /// The next of these events in a row that it wants, from an index on; empty if there are none.
  run next_run(const std::vector<live_event_ptr>& events, size_t from);

private:
  bool wants(const live_event_ptr& x);
  bool has_type(const live_event_ptr& x) const noexcept;

  std::vector<type_pattern> types_;
  payload_filter filter_;
  uint64_t excluded_ = 0;
  /// The last event that the filter looked at: the end of a run is where the next search begins.
  live_event_ptr seen_;
  bool wanted_ = false;
};

} // namespace carillon
