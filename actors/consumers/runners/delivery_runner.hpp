#pragma once

#include "messages/consumers/handler.hpp"

#include <deque>
#include <span>

namespace carillon {

/// Receives what becomes of deliveries: implemented by the consumer.
class delivery_listener {
public:
  /// The attempt has ended. The rows are taken out of `outcome`, their memory stays.
  virtual void on_outcome(const delivery& x, delivery_outcome& outcome) = 0;

  /// A delivery may run; it comes after those that wait.
  virtual void on_ready(delivery x) = 0;

  /// These have not begun after all: they come before those that wait, in their order.
  virtual void on_returned(std::span<const delivery> xs) = 0;

  /// There may be room for further work. Called last, at the end of a message.
  virtual void on_progress() = 0;

protected:
  ~delivery_listener() = default;
};

/// Runs deliveries on one kind of target. Owned by a consumer, and used in its actor only.
class delivery_runner {
public:
  virtual ~delivery_runner() = default;

  /// Takes the deliveries that can run now from the front of `ready`. Each is reported to the
  /// listener, once: now or later.
  virtual void run(std::deque<delivery>& ready) = 0;

  /// False if no further delivery can run until an earlier one has ended or was committed.
  virtual bool has_room() const {
    return true;
  }

  /// Attempts run.
  virtual bool busy() const {
    return false;
  }

  /// The runner needs `watch` twice per deadline.
  virtual bool wants_watch() const {
    return false;
  }

  /// Gives up attempts that are beyond their deadline.
  /// @returns true if deliveries may run that could not before
  virtual bool watch() {
    return false;
  }

  /// The target takes so many deliveries that have no answer yet.
  virtual void set_room(size_t /*deliveries*/) {
  }

  /// This delivery, if it is the first, may run though too many are in flight: it holds the cursor,
  /// and those that were answered after it keep their places until it has ended. 0 = none may.
  virtual void let_run(position /*holder*/) {
  }

  /// Begins no further deliveries, not even of those that it took.
  virtual void drain() {
  }
};

} // namespace carillon
