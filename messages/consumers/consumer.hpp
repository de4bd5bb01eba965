#pragma once

#include "base/failure.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/events/event.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// How a consumer treats events that follow a failing one.
enum class delivery_order : uint8_t {
  /// They continue; the failing one is retried independently.
  none,
  /// Those with the same key wait behind it.
  per_key,
  /// All wait behind it.
  total,
};

/// Start position of a new consumer.
enum class start_at : uint8_t {
  /// With the first event of the log.
  beginning,
  /// With the first event after its registration.
  now,
};

/// For an actor that always answers, by its own deadlines.
inline constexpr auto no_deadline = std::chrono::milliseconds::max();

/// How a consumer delivers. Every field has a default that suits a handler.
struct consumer_policy {
  delivery_order order = delivery_order::none;
  start_at start = start_at::now;
  /// Attempts before an event becomes a dead letter; ≥ 1.
  uint32_t max_attempts = 5;
  /// Pause before attempt 2, 3, …; the last one repeats. Not empty.
  std::vector<std::chrono::milliseconds> retry_schedule{
    std::chrono::seconds{1}, std::chrono::seconds{5}, std::chrono::seconds{30},
    std::chrono::minutes{2}};
  /// A single attempt that takes longer has failed; `no_deadline` is for actors only.
  std::chrono::milliseconds deadline = std::chrono::seconds{30};
  /// Events in flight plus out-of-order completions ahead of the cursor; ≥ 1.
  size_t window = 1'024;
  /// Most deliveries that are in flight to an actor, or answered and not yet committed to the
  /// store. A crash repeats at most so many. 0 = as many in flight as the engine allows; a crash
  /// may then repeat all out-of-order completions, up to `window`.
  size_t in_flight = 0;
  /// Most retry rows; beyond it the consumer waits for them to drain.
  size_t max_retries = 10'000;
  /// Order key of an event for `per_key`; default: its company.
  std::function<std::string(const event&)> key;
};

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

/// State of a consumer, as `GET /api/consumers` shows it.
struct consumer_status {
  std::string name;
  position cursor = 0;
  /// Events between the cursor and the head of the log.
  uint64_t lag = 0;
  /// Age of the first event after the cursor; 0 if there is none.
  double lag_seconds = 0.0;
  bool paused = false;
  /// False while it waits for its restart after a crash.
  bool running = true;
  /// True while it reads the log, false while it receives live events.
  bool catching_up = false;
  uint64_t in_flight = 0;
  uint64_t retrying = 0;
  uint64_t dead_letters = 0;
  uint64_t delivered = 0;
  uint64_t failed = 0;
  std::string last_error;
  std::optional<timestamp> oldest_failure;
  /// When the cursor or a retry last moved; empty since start if never.
  std::optional<timestamp> last_progress;
};

/// Some events of a replay for one consumer; answered when each of them is done
/// or has a durable retry row.
struct replay_request {
  uint64_t replay_id = 0;
  std::shared_ptr<const std::vector<event_ptr>> events;
};

/// True for 1–64 of `[a-z0-9._-]`, beginning with a letter.
bool is_consumer_name(std::string_view x) noexcept;

} // namespace carillon
