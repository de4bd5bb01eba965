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
  /// They go on; the failing one is retried on its own.
  none,
  /// Those with the same key wait behind it.
  per_key,
  /// All wait behind it.
  total,
};

/// Where a consumer that the store does not know yet begins.
enum class start_at : uint8_t {
  /// With the first event of the log.
  beginning,
  /// With the first event after its registration.
  now,
};

/// For an actor that answers in any case, by deadlines of its own.
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
  /// Events in flight or done ahead of the cursor; ≥ 1.
  size_t window = 1'024;
  /// Deliveries under way to an actor, or answered and not known to be by the store; so many at
  /// most are made once more after a crash. 0 = as many under way as the engine allows, and a crash
  /// may repeat all that is done ahead of the cursor, up to `window`.
  size_t in_flight = 0;
  /// Retry rows held; past it the consumer waits for them to drain.
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

/// What an actor may answer to a delivery, to say more than done or failed.
struct delivery_outcome {
  /// Empty = done.
  std::optional<failure> error;
  /// The next attempt of this event comes at the later of this and the schedule.
  std::optional<timestamp> not_before;
  /// Until then the consumer starts nothing at all; the latest that was asked for counts.
  std::optional<timestamp> hold_until;
  /// Committed together with the progress.
  effects made;
};

using delivery_outcome_ptr = std::shared_ptr<const delivery_outcome>;

/// A handler of the application: returns nothing on success, throws or returns
/// a failure otherwise. Runs in a thread of its own, one delivery at a time.
using handler_function = std::function<expected<void>(const delivery&)>;

/// When a replayed event has effects again.
enum class replay_reaction : uint8_t {
  never,
  /// If the replay is for this handler alone: what people get twice has to be meant.
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

  /// What the consumer calls, for those who keep the event.
  virtual void take(const event_ptr& x, effects& out) {
    handle(*x, out);
  }

  /// All that was at hand has been taken.
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

/// What `GET /api/consumers` shows.
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
  /// True while it reads the log, false while it is fed live.
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
