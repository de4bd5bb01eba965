#pragma once

#include "messages/events/event.hpp"
#include "messages/webhooks/http_exchange.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Names one delivery of an event to a webhook; as text `<webhook>-<seq>`, and `-<replay>` after it
/// if a replay made it.
struct webhook_delivery_key {
  uint64_t webhook_id = 0;
  position seq = 0;
  /// 0 = live.
  uint64_t replay_id = 0;

  friend bool operator==(const webhook_delivery_key&, const webhook_delivery_key&) = default;
  friend auto operator<=>(const webhook_delivery_key&, const webhook_delivery_key&) = default;
};

/// The text that names it, also in the API.
std::string to_text(const webhook_delivery_key& x);

/// Inverse of `to_text`; empty for any other text, numbers with leading zeros included.
std::optional<webhook_delivery_key> delivery_key_from(std::string_view text) noexcept;

/// Whether a delivery has ended, and how.
enum class webhook_delivery_state : uint8_t {
  /// The last attempt failed, another one follows.
  retrying,
  delivered,
  /// The last attempt failed, and it was the last.
  failed,
};

/// `retrying`, `delivered` or `failed`.
std::string_view name_of(webhook_delivery_state x) noexcept;
/// Inverse of `name_of`; empty for any other text.
std::optional<webhook_delivery_state> delivery_state_from(std::string_view name) noexcept;

/// What caused an attempt.
enum class attempt_trigger : uint8_t {
  /// The event was published.
  live,
  /// The attempt before it failed.
  retry,
  /// An operator asked for it.
  manual,
  /// A replay re-fired the event.
  replay,
};

/// `live`, `retry`, `manual` or `replay`.
std::string_view name_of(attempt_trigger x) noexcept;

/// One call of a receiver, and its outcome.
struct webhook_attempt {
  webhook_delivery_key delivery;
  std::string event_id;
  std::string event_type;
  /// Of the event.
  std::string company_id;
  /// 1 = first; assigned by the store.
  uint32_t number = 0;
  /// When it began.
  timestamp at;
  /// A `live` one of a delivery that is known already becomes `manual` in the store.
  attempt_trigger trigger = attempt_trigger::live;
  /// Where it went.
  std::string url;
  http_response_ptr response;
  /// Of the delivery, after this attempt.
  webhook_delivery_state after = webhook_delivery_state::delivered;
  /// Time of the next attempt; empty if there is none.
  std::optional<timestamp> next_at;
  /// Reason for this time, or for no further attempt; for operators, e.g.
  /// `schedule: 300 s after attempt 2`.
  std::string next_reason;
};

/// A delivery in short.
struct webhook_delivery {
  webhook_delivery_key key;
  std::string event_id;
  std::string event_type;
  std::string company_id;
  webhook_delivery_state state = webhook_delivery_state::delivered;
  /// Made in all.
  uint32_t attempts = 0;
  /// Of the last attempt: its HTTP status, 0 if there was no answer, and the fault.
  int last_status = 0;
  http_fault last_fault = http_fault::none;
  std::optional<timestamp> next_at;
  /// When the first attempt began.
  timestamp created_at;
  timestamp updated_at;
};

/// A delivery history: the delivery with its attempts, oldest first, at most the newest 128.
struct webhook_delivery_history {
  webhook_delivery delivery;
  std::vector<webhook_attempt> attempts;
};

/// An event activated an idle webhook: committed with the cursor of the consumer that matched it.
struct webhook_activation {
  uint64_t webhook_id = 0;
  position at = 0;
};

/// Since when all attempts fail; empty = the last one succeeded.
struct webhook_health {
  uint64_t webhook_id = 0;
  std::optional<timestamp> failing_since;
};

} // namespace carillon
