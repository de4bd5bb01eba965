#pragma once

#include "base/failure.hpp"
#include "messages/sessions/live_event.hpp"
#include "messages/sessions/session.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace carillon {

/// Callbacks of a link to its session. Thread-safe; the methods don't block. The link holds the
/// peer until the connection is gone.
class session_peer {
public:
  virtual ~session_peer() = default;

  /// A text message arrived, ≤ 64 KiB, UTF-8. Each is answered by `session_link::took`.
  virtual void on_text(std::string text) = 0;

  /// The unsent data has fallen below half of the budget again, see `session_link::send`.
  virtual void on_writable() = 0;

  /// The connection is gone; nothing follows.
  virtual void on_closed() = 0;
};

/// A session's way to its client. Thread-safe; the methods don't block and do nothing once the
/// connection is gone.
class session_link {
public:
  virtual ~session_link() = default;

  /// Sets the receiver of callbacks. Called first, and once.
  virtual void bind(std::shared_ptr<session_peer> peer) = 0;

  virtual session_wire wire() const noexcept = 0;

  /// Sends the events `[first, last)` of a segment unless the unsent data would then exceed the
  /// budget: in that case false, and `on_writable` follows. With nothing unsent it always accepts.
  virtual bool send(const live_segment_ptr& x, size_t first, size_t last) = 0;

  /// Sends a message of the protocol, even beyond the budget, since these are few.
  /// @param kind the `op` of the message, one of `session_frames`
  virtual void say(std::string_view kind, std::string_view json) = 0;

  /// Tells the client its position, even beyond the budget.
  /// @param bookmark the text of its bookmark; empty = it has none
  virtual void report(position x, std::string_view bookmark) = 0;

  /// One text message was handled: the client may send another.
  virtual void took() = 0;

  /// Rejects a session before it opens. On `server_sent`, if nothing was sent yet, the response is
  /// an answer with the status of `why` instead of a stream. An `EventSource` treats that as final,
  /// but would reopen a stream that ends. Otherwise the client receives an `error`, followed by
  /// `close`.
  virtual void refuse(const failure& why, session_close code, position resume) = 0;

  /// Ends the connection with this code after the unsent data; for `too_slow` after the frames that
  /// are half sent. If `resume` is not 0, the close reason `position=<seq>` tells the client where
  /// to resume. A stream on which nothing was sent is rejected instead.
  /// @param resume position up to which everything was sent; for a `since` beyond the log, the head
  ///        of the log
  virtual void close(session_close why, position resume) = 0;
};

using session_link_ptr = std::shared_ptr<session_link>;

} // namespace carillon
