#pragma once

#include "messages/events/event.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace carillon {

/// Which events an endpoint is sent and which it reads from the log, as plain logic: positions and
/// a credit. Its consumer gets every event that concerns it from one of the two. Not thread-safe.
class endpoint_feed {
public:
  endpoint_feed() = default;

  /// For an endpoint that starts now, and reads everything up to `from` itself.
  /// @param credit batches that it may have unacknowledged before it reads the log instead
  endpoint_feed(position from, size_t credit);

  /// Removes the events that it was sent, or reads itself.
  void drop_known(std::vector<event_ptr>& events) const;

  /// The batch with these events, and without events up to `matched_to`; null without credit: it is
  /// behind from now on.
  event_batch_ptr next_batch(std::vector<event_ptr> events, position matched_to);

  /// A batch without events up to `to`; it is sent without regard to the credit.
  event_batch_ptr skip(position to);

  /// It has handled a batch.
  void acknowledge() noexcept;

  /// Ends being behind: it reads up to `matched_to`, and is sent what follows. False if it was not
  /// behind.
  bool catch_up(position matched_to) noexcept;

  /// It is sent nothing until `catch_up`.
  bool is_behind() const noexcept {
    return behind_;
  }

  /// Everything up to here was sent to it, or it reads that from the log.
  position sent_to() const noexcept {
    return sent_to_;
  }

  /// True if an endpoint with this cursor has no events left to do.
  bool is_done(position cursor) const noexcept {
    return !behind_ && cursor >= reads_to_;
  }

private:
  event_batch_ptr batch_of(std::vector<event_ptr> events, position from, position to);

  position sent_to_ = 0;
  /// It must read up to here itself, beside the events sent to it.
  position reads_to_ = 0;
  size_t credit_ = 0;
  size_t unacknowledged_ = 0;
  bool behind_ = false;
};

} // namespace carillon
