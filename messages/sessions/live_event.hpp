#pragma once

#include "messages/events/event.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

/// How a session's messages travel.
enum class session_wire : uint8_t {
  /// WebSocket, RFC 6455.
  websocket,
  /// Server-Sent Events, WHATWG HTML section 9.2.
  server_sent,
};

/// A text with shared ownership; a holder keeps nothing else alive.
using shared_text = std::shared_ptr<const std::string>;

/// A shared text that is made at most once, by the first thread that asks.
class lazy_shared_text {
public:
  /// @param make makes the text; if it throws, the next caller tries again
  template <class Make>
  const shared_text& get(Make&& make) const {
    std::call_once(once_, [&] { text_ = make(); });
    return text_;
  }

private:
  mutable std::once_flag once_;
  mutable shared_text text_;
};

/// An event on its way to sessions. Its bytes on a wire are made once, on first use, and shared by
/// all sessions. Thread-safe.
class live_event {
public:
  /// @param replay_id id of the replay that re-fired it; 0 = live
  /// @param with_metadata clients get its `metadata`, see `append_event_json`
  /// @param marked its messages have its bookmark
  /// @param history which history of the log its position is of; null = it is not said
  explicit live_event(event_ptr x, uint64_t replay_id = 0, bool with_metadata = false,
                      bool marked = false, shared_text history = nullptr)
    : event_(std::move(x)), history_(std::move(history)), replay_id_(replay_id),
      with_metadata_(with_metadata), marked_(marked) {
  }

  const event& get() const noexcept {
    return *event_;
  }

  uint64_t replay_id() const noexcept {
    return replay_id_;
  }

  /// The position of a client that has received it; 0 for a replayed event, which moves no
  /// position.
  position reaches() const noexcept {
    return replay_id_ == 0 ? event_->seq : 0;
  }

  /// The text of its bookmark; without marks that of its position, with the history.
  std::string place() const;

  /// Appends the event itself, as clients get it.
  void append_json(std::string& out) const;

  /// The message `{"op":"event","seq":…,"event":…}` of the protocol.
  std::string text() const;

  /// Its bytes on this wire.
  /// @param make makes them: `shared_text ()`; the same for all callers
  template <class Make>
  const shared_text& bytes(session_wire wire, Make&& make) const {
    return bytes_[static_cast<size_t>(wire)].get(std::forward<Make>(make));
  }

private:
  event_ptr event_;
  shared_text history_;
  uint64_t replay_id_;
  bool with_metadata_;
  bool marked_;
  std::array<lazy_shared_text, 2> bytes_;
};

using live_event_ptr = std::shared_ptr<const live_event>;

/// A segment of live events for several sessions, in the order of the log, and the position that
/// they reach. Immutable and shared.
class live_segment {
public:
  /// @param to everything up to here was scanned
  live_segment(std::vector<live_event_ptr> events, position to)
    : events_(std::move(events)), to_(to) {
  }

  const std::vector<live_event_ptr>& events() const noexcept {
    return events_;
  }

  position to() const noexcept {
    return to_;
  }

  /// The bytes of all its events on this wire, see `live_event::bytes`.
  template <class Make>
  const shared_text& bytes(session_wire wire, Make&& make) const {
    return bytes_[static_cast<size_t>(wire)].get(std::forward<Make>(make));
  }

private:
  std::vector<live_event_ptr> events_;
  position to_;
  std::array<lazy_shared_text, 2> bytes_;
};

using live_segment_ptr = std::shared_ptr<const live_segment>;

} // namespace carillon
