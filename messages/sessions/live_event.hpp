#pragma once

#include "messages/events/event.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// How a session's bytes are framed.
enum class session_wire : uint8_t {
  /// RFC 6455, server side: a whole text frame.
  websocket,
  /// WHATWG HTML section 9.2, `text/event-stream`.
  server_sent,
};

/// A text as one frame of the wire, to be sent as it is. On `server_sent` it is a message of the
/// type `name`, a word of the protocol, with a `data` line for each line of the text: CR, LF and
/// CRLF end one there, and the client puts LF between them. Every text yields exactly one message.
std::string frame_of(session_wire wire, std::string_view name, std::string_view text);

/// The header of an unmasked frame of the last (or only) fragment, RFC 6455 section 5.2.
void append_frame_header(std::string& out, uint8_t opcode, size_t payload_bytes);

/// A text with shared ownership; a holder keeps nothing else alive.
using shared_text = std::shared_ptr<const std::string>;

/// A shared text that is made at most once, by the first thread that asks.
class lazy_shared_text {
public:
  template <class Make>
  const shared_text& get(Make&& make) const {
    std::call_once(once_, [&] { text_ = make(); });
    return text_;
  }

private:
  mutable std::once_flag once_;
  mutable shared_text text_;
};

/// An event on its way to sessions. Its frame is made once, on first use, and shared by all
/// sessions. Thread-safe.
class live_event {
public:
  /// @param replay_id id of the replay that re-fired it; 0 = live
  /// @param with_metadata clients get its `metadata`, see `append_event_json`
  explicit live_event(event_ptr x, uint64_t replay_id = 0, bool with_metadata = false)
    : event_(std::move(x)), replay_id_(replay_id), with_metadata_(with_metadata) {
  }

  const event& get() const noexcept {
    return *event_;
  }

  /// The position of a client that has received it; 0 for a replayed event, which moves no
  /// position.
  position reaches() const noexcept {
    return replay_id_ == 0 ? event_->seq : 0;
  }

  const shared_text& frame(session_wire wire) const;

private:
  std::string websocket_frame() const;
  std::string server_sent_frame() const;

  event_ptr event_;
  uint64_t replay_id_;
  bool with_metadata_;
  std::array<lazy_shared_text, 2> frames_;
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

  /// The frames of all its events as one text, made once.
  const shared_text& frames(session_wire wire) const;

private:
  std::vector<live_event_ptr> events_;
  position to_;
  std::array<lazy_shared_text, 2> joined_;
};

using live_segment_ptr = std::shared_ptr<const live_segment>;

} // namespace carillon
