#pragma once

#include "base/json/depth.hpp"
#include "base/lazy_text.hpp"
#include "base/time.hpp"
#include "messages/events/audience.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A place in the log: 1, 2, 3 …, dense, in commit order. 0 is before the first.
using position = uint64_t;

/// One event. Before its append it is a draft (`seq` 0) with one owner; from
/// then on it is immutable and shared.
struct event {
  /// Position in the log; assigned at append.
  position seq = 0;
  /// Publisher's id or a UUIDv7; 1–128 bytes without control characters.
  std::string id;
  /// Dotted lower case, ≤ 128 bytes, see `is_event_type`.
  std::string type;
  /// Its origin; 1–512 bytes. (`company_id`, `source`, `id`) is unique for ever.
  std::string source;
  /// When it happened.
  timestamp time;
  /// When it was appended; assigned at append.
  timestamp recorded_at;
  /// Tenant; empty if none. ≤ 128 bytes, like the four that follow.
  std::string company_id;
  std::string user_id;
  std::string correlation_id;
  std::string causation_id;
  /// W3C Trace Context header value; empty if none.
  std::string traceparent;
  /// How many events of the engine led from a publisher's event to this one; 0 for a publisher's
  /// own. See `may_be_reported` and `may_be_announced`.
  uint8_t hops = 0;
  /// Who may see it live.
  carillon::audience audience = carillon::audience::none;
  /// Of a draft: the engine has just made its id, so no event has it yet. Not stored.
  bool is_id_fresh = false;
  /// JSON object, UTF-8, byte for byte as it was validated; ≤ 256 KiB.
  std::string data = "{}";
  /// JSON object, UTF-8; ≤ 16 KiB.
  std::string metadata = "{}";

  /// The event as JSON, see `json_of` in `messages/codec/codec.hpp`.
  lazy_text json;
};

using event_ptr = std::shared_ptr<const event>;

/// An event that is not in the log yet; its holder is the only owner.
using draft_ptr = std::shared_ptr<event>;

/// A segment of the log, in ascending order. The log writer's is dense and never empty:
/// `events[i]->seq == first + i`. A batch selected for a consumer names the range that it covers,
/// and holds all events of this range that concern the consumer, maybe none.
struct event_batch {
  std::vector<event_ptr> events;
  /// First and last position that it covers; 0 = those of its events.
  position covers_from = 0;
  position covers_to = 0;

  position first() const {
    return covers_from != 0 ? covers_from : events.front()->seq;
  }

  position last() const {
    return covers_to != 0 ? covers_to : events.back()->seq;
  }
};

/// Batches are passed shared, never copied or serialized.
using event_batch_ptr = std::shared_ptr<const event_batch>;

/// Approximate memory of an event in bytes, as admission limits count it.
size_t footprint_bytes(const event& x) noexcept;

/// True for `^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$` of at most 128 bytes.
bool is_event_type(std::string_view x) noexcept;

/// True for 1–`max_bytes` bytes without control characters (U+0000–U+001F, U+007F).
bool is_identifier(std::string_view x, size_t max_bytes = 128) noexcept;

/// Whether the engine publishes an event about a failed delivery of this one
/// (`webhook.delivery_exhausted`, `handler.dead_lettered`). Only a publisher's events are reported:
/// a failed delivery of a report must not cause another report.
bool may_be_reported(const event& x) noexcept;

/// Whether the engine publishes `notification.sent` for notifications that this event caused.
/// Publishers' events and the engine's reports are announced; announcements are not.
bool may_be_announced(const event& x) noexcept;

/// `hops` of an event that the engine publishes because of this one.
uint8_t next_hops(const event& cause) noexcept;

/// Type of what a repair of the embedded log puts at the position of an event that was lost
/// (`carillon log repair`): positions are not given twice.
inline constexpr std::string_view lost_event_type = "log.event_lost";

/// True for the types that only the engine publishes. From other publishers they are rejected as
/// forged.
bool is_engine_type(std::string_view type) noexcept;

/// Limits of a single event, in bytes.
struct event_limits {
  static constexpr size_t data_bytes = 256UL * 1024;
  static constexpr size_t metadata_bytes = 16UL * 1024;
  static constexpr size_t id_bytes = 128;
  static constexpr size_t source_bytes = 512;
  static constexpr size_t json_depth = max_json_depth;
};

} // namespace carillon
