#pragma once

#include "messages/consumers/handler.hpp"

#include <deque>
#include <span>
#include <utility>

namespace carillon {

/// Deliveries of a consumer that may run, in the order in which they begin. Plain logic.
class ready_deliveries {
public:
  bool empty() const noexcept {
    return all_.empty();
  }

  /// Behind all others.
  void push(delivery x) {
    all_.push_back(std::move(x));
  }

  /// Before those of later events at the end: completions far ahead of the cursor would take the
  /// places in flight. Never past an earlier event, and so not past one of the same key.
  void push_by_position(delivery x);

  /// These have not begun after all: before those of later events and all of replays, in whatever
  /// order they come back.
  void put_back(std::span<const delivery> xs);

  /// The event goes before all others, if its live delivery is here.
  void put_first(position seq);

  /// For a runner, which takes from the front.
  std::deque<delivery>& queue() noexcept {
    return all_;
  }

private:
  std::deque<delivery> all_;
};

} // namespace carillon
