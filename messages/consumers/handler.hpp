#pragma once

#include "base/failure.hpp"
#include "messages/consumers/effects.hpp"
#include "messages/events/event.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace carillon {

/// One hand-over of an event to a handler.
struct delivery {
  /// The event itself, never null.
  event_ptr event;
  /// The consumer's name.
  std::string consumer;
  /// 1 = first.
  uint32_t attempt = 1;
  /// 0 = live; else the replay that re-fired the event.
  uint64_t replay_id = 0;
  /// Which opening of the consumer delivers, see `consumer_record`.
  uint64_t generation = 0;

  /// True if the event was re-fired: it happened before, and the handler may
  /// have seen it.
  bool replay() const noexcept {
    return replay_id != 0;
  }
};

/// An actor's detailed answer to a delivery.
struct delivery_outcome {
  /// Empty = done.
  std::optional<failure> error;
  /// Of a failure: no further attempt helps; the event becomes a dead letter.
  bool dead = false;
  /// The attempt did not begin: it does not count, and the event is delivered again as soon as the
  /// target has room. Everything else is ignored then.
  bool returned = false;
  /// The next attempt of this event comes at the later of this and the schedule.
  std::optional<timestamp> not_before;
  /// Until then the consumer starts no delivery; the latest requested time counts.
  std::optional<timestamp> hold_until;
  /// Committed together with the progress.
  effects made;
  /// Of a failed attempt: the number by which the target tells the kind of failure, such as an HTTP
  /// status; 0 = none.
  int status = 0;
};

using delivery_outcome_ptr = std::shared_ptr<const delivery_outcome>;

/// A handler of the application: returns nothing on success, throws or returns
/// a failure otherwise. Runs in a thread of its own, one delivery at a time.
using handler_function = std::function<expected<void>(const delivery&)>;

/// Whether a replayed event has effects again.
enum class replay_reaction : uint8_t {
  never,
  /// Only if the replay names this handler, so that recipients are notified twice only on purpose.
  if_named,
  always,
};

/// A handler that turns events into effects. Pure: no I/O, no blocking; the
/// effects are committed with the cursor.
class effect_handler {
public:
  virtual ~effect_handler() = default;

  /// Adds what `x` causes to `out`. May throw: the event has then failed.
  virtual void handle(const event& x, effects& out) = 0;

  /// Called by the consumer. Override it to keep the event.
  virtual void take(const event_ptr& x, effects& out) {
    handle(*x, out);
  }

  /// All available events have been handled.
  virtual void finish() noexcept {
  }

  /// Adds what `x` causes when it is replayed. Not called unless `on_replay` says so.
  virtual void replay(const event& x, [[maybe_unused]] uint64_t replay_id, effects& out) {
    handle(x, out);
  }

  virtual replay_reaction on_replay() const noexcept {
    return replay_reaction::never;
  }
};

} // namespace carillon
