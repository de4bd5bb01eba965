#pragma once

#include "base/time.hpp"
#include "messages/events/event.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
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
  /// Events whose effects may wait for their commit; 0 = as the engine's options say. A handler
  /// whose events rarely have an effect need not wait for the commits of handlers that write much.
  size_t uncommitted_events = 0;
  /// Most retry rows; beyond it the consumer waits for them to drain.
  size_t max_retries = 10'000;
  /// Order key of an event for `per_key`; default: its company.
  std::function<std::string(const event&)> key;
  /// For `per_key`: events of a key that run at a time; ≥ 1. With more than one they begin in
  /// order, and may end in another one; behind a failure they run one at a time.
  uint32_t max_per_key = 1;
  /// Each delivery has a span, if the node makes some and records the event's publish. False for a
  /// target that makes its own, or none.
  bool traced = true;
};

/// State of a consumer, as `GET /api/consumers` shows it.
struct consumer_status {
  std::string name;
  /// It gets only events of this company; empty = of any.
  std::optional<std::string> company_id;
  position cursor = 0;
  /// Events between the cursor and the head of the log.
  uint64_t lag = 0;
  /// Age of the first event after the cursor; 0 if there is none.
  double lag_seconds = 0.0;
  bool paused = false;
  /// Its target is outside of the node, see `remote_consumer`: without a worker it does not move.
  bool remote = false;
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

/// True for 1–64 of `[a-z0-9._-]`, beginning with a letter.
bool is_consumer_name(std::string_view x) noexcept;

} // namespace carillon
