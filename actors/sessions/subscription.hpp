#pragma once

#include "messages/events/filter.hpp"
#include "messages/sessions/live_event.hpp"

#include <cstddef>
#include <vector>

namespace carillon {

/// The types of events that a session's client wants. Plain logic.
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
  explicit subscription(std::vector<type_pattern> types = {});

  const std::vector<type_pattern>& types() const noexcept {
    return types_;
  }

  /// The next of these events in a row that it wants, from an index on; empty if there are none.
  run next_run(const std::vector<live_event_ptr>& events, size_t from) const noexcept;

private:
  bool wants(const live_event_ptr& x) const noexcept;

  std::vector<type_pattern> types_;
};

} // namespace carillon
