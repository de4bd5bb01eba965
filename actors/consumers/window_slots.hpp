#pragma once

#include "messages/consumers/consumer.hpp"
#include "messages/events/event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace carillon {

/// An event in a `delivery_window`.
struct window_slot {
  enum class phase : uint8_t { waiting, running, held, done };

  event_ptr event;
  /// Its order key; empty in other orders than `per_key`.
  std::string key;
  phase state = phase::waiting;

  position seq() const noexcept {
    return event->seq;
  }
};

/// The events of a `delivery_window` in ascending order, and how many of each key run. Those in
/// front that are done leave it by `advance`.
class window_slots {
public:
  /// @param x its position is beyond all others
  void push(window_slot x) {
    all_.push_back(std::move(x));
  }

  /// Removes the events in front that are done.
  void advance();

  /// Null if the event is not here.
  window_slot* find(position seq);

  // -- running ----------------------------------------------------------------

  /// The event runs from now on.
  void start(window_slot& x);

  /// The event does not run any more, and is done or held.
  void end(window_slot& x, window_slot::phase next);

  /// Fewer than `most` events of this key run.
  bool has_room(const std::string& key, size_t most) const;

  // -- starting in any order --------------------------------------------------

  /// Events before this index have been looked at.
  size_t looked_at() const noexcept {
    return looked_at_;
  }

  void look_at(size_t index) noexcept {
    looked_at_ = index + 1;
  }

  // -- access -----------------------------------------------------------------

  bool empty() const noexcept {
    return all_.empty();
  }

  size_t size() const noexcept {
    return all_.size();
  }

  const window_slot& front() const {
    return all_.front();
  }

  window_slot& operator[](size_t index) {
    return all_[index];
  }

  std::deque<window_slot>::const_iterator begin() const noexcept {
    return all_.begin();
  }

  std::deque<window_slot>::const_iterator end() const noexcept {
    return all_.end();
  }

private:
  std::deque<window_slot> all_;
  size_t looked_at_ = 0;
  /// Only of keys of which events run.
  std::unordered_map<std::string, size_t> running_of_key_;
};

} // namespace carillon
