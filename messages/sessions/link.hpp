#pragma once

#include "base/failure.hpp"
#include "messages/sessions/live_event.hpp"
#include "messages/sessions/session.hpp"

#include <memory>
#include <string>

namespace carillon {

/// What a session hears of its client. Thread-safe; the methods don't block, and the link holds it
/// until the connection is gone.
class session_peer {
public:
  virtual ~session_peer() = default;

  /// A text message came, ≤ 64 KiB, UTF-8. Every one is answered by `session_link::took`.
  virtual void on_text(std::string text) = 0;

  /// What was unsent has fallen below half of the budget again, see `session_link::send`.
  virtual void on_writable() = 0;

  /// The connection is gone; nothing follows.
  virtual void on_closed() = 0;
};

/// A session's way to its client. Thread-safe; the methods don't block and do nothing once the
/// connection is gone.
class session_link {
public:
  virtual ~session_link() = default;

  /// Says who hears of the client; first of all, and once.
  virtual void bind(std::shared_ptr<session_peer> peer) = 0;

  virtual session_wire wire() const noexcept = 0;

  /// Sends the events `[first, last)` of a stretch unless what is unsent would exceed the budget
  /// then: in that case false, and `on_writable` follows. Something is taken in any case if
  /// nothing is unsent.
  virtual bool send(const live_stretch_ptr& x, size_t first, size_t last) = 0;

  /// Sends a frame of the protocol's own; beyond the budget, too, since those are few.
  virtual void send(std::string frame) = 0;

  /// One text message was dealt with: the client may send another.
  virtual void took() = 0;

  /// Ends a session that there will not be. On `server_sent`, unless something was sent, the stream
  /// gives way to an answer with the status of `why`, which an `EventSource` takes as final, while
  /// it would open a stream that ends again and again. Else the client is told an `error`, and then
  /// as by `close`.
  virtual void refuse(const failure& why, session_close code, position resume) = 0;

  /// Ends the connection with this code, at the end of what is unsent; for `too_slow` at the end of
  /// the frames that are half sent. Where to go on is told to the client as the reason
  /// `position=<seq>`, if `resume` is not 0. A stream on which nothing was sent is refused instead.
  /// @param resume position that everything sent reaches; for a `since` that is beyond the log, its
  /// head
  virtual void close(session_close why, position resume) = 0;
};

using session_link_ptr = std::shared_ptr<session_link>;

} // namespace carillon
