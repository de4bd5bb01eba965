#pragma once

#include "messages/sessions/link.hpp"
#include "net/data/sessions/outbox.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace carillon::sessions {

/// What other threads leave for the connection of a session, and what of it is not sent yet. It
/// wakes the loop once for any number of items. Thread-safe.
class session_mailbox {
public:
  /// Beginning of the answer to the handshake of a stream.
  struct stream_opening {
    /// Waits for the first data: until then the answer may still be a rejection.
    std::string head;
    /// Further whole lines for the head of a rejection.
    std::string refusal_fields;
  };

  struct end {
    session_close why = session_close::normal;
    position resume = 0;
    /// The answer is a rejection, and complete.
    bool refused = false;
  };

  /// What was left since the last `take`, and the end if there is one.
  struct contents {
    std::vector<outbox::item> items;
    /// Number of messages among the items.
    size_t frames = 0;
    std::optional<end> ending;
  };

  /// @param budget most unsent bytes of events
  /// @param wake has `take` called soon on the loop; called without the lock
  session_mailbox(session_wire wire, size_t budget, std::function<void()> wake);

  // -- any thread, see `session_link` ---------------------------------------------

  void bind(std::shared_ptr<session_peer> peer);

  /// @param bytes size of all items
  /// @param frames number of events in them
  bool send(std::vector<outbox::item> items, size_t bytes, size_t frames);

  /// Leaves bytes beyond the budget.
  /// @param frames number of messages in it
  void leave(std::string bytes, size_t frames);

  void took();
  void refuse(const failure& why, session_close code, position resume);
  void close(session_close why, position resume);

  // -- on the loop ----------------------------------------------------------------

  /// Before anything else is left: the answer has not begun.
  void open(stream_opening x);

  contents take();

  /// A text of the client goes to the peer that is returned; null = there is none.
  std::shared_ptr<session_peer> count_text();

  /// The kernel accepted so many bytes. Returns the peer to be told that it may send again, or
  /// null.
  /// @param drained nothing that was taken is left
  std::shared_ptr<session_peer> sent(size_t bytes, bool drained);

  /// True unless the session, or a client that does not read, is behind; or before the session has
  /// its peer.
  /// @param ending input is discarded, so that no peer is needed
  /// @param writing the socket does not accept what is unsent
  bool may_read(bool ending, bool writing) const;

  /// True once the session has its peer.
  bool is_bound() const;

  /// Nothing more is taken. Returns the peer to be told, or null.
  std::shared_ptr<session_peer> shut();

private:
  void wake(std::unique_lock<std::mutex> lock);
  void put(std::string bytes);
  void begin_stream();

  const session_wire wire_;
  const size_t budget_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  contents left_;
  std::shared_ptr<session_peer> peer_;
  std::optional<stream_opening> unopened_;
  /// Unsent bytes, including those in the outbox.
  size_t unsent_ = 0;
  /// Text messages that the session has not handled.
  size_t untaken_ = 0;
  bool wants_writable_ = false;
  bool woken_ = false;
  bool closed_ = false;
};

} // namespace carillon::sessions
