#pragma once

#include "base/time.hpp"
#include "messages/events/filter.hpp"
#include "messages/events/viewer.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// The user of a session, and how long the identity is valid.
struct session_identity {
  viewer who;
  /// The session ends then; empty = it does not expire.
  std::optional<timestamp> expires_at;
  /// Becomes false when the key that signed the token is revoked, which ends the session; null =
  /// there is no such key.
  std::shared_ptr<const std::atomic<bool>> key_holds;

  bool is_revoked() const noexcept {
    return key_holds && !key_holds->load(std::memory_order_acquire);
  }

  friend bool operator==(const session_identity&, const session_identity&) = default;
};

/// What an API key reads of the log: every event of its scope, whatever the audience.
struct log_scope {
  /// Only events of this company; empty = every company, and events without one.
  std::optional<std::string> company_id;
  /// Which history of the log `since` is of; empty = it is not checked.
  std::string history;
  /// Mark of the event at `since`, see `bookmark`; empty = it is not checked.
  std::string mark;
  /// Whether the API key still holds. Thread-safe; does not block.
  std::function<bool()> is_admitted;
};

/// The request of a client that connects.
struct session_request {
  session_identity identity;
  /// Empty = every type.
  std::vector<type_pattern> types;
  /// Which of these, by what is in them.
  payload_filter filter = {};
  /// Events after this position come first, from the log; without it, only events published from
  /// now on.
  std::optional<position> since;
  /// Of a session: which history of the log `since` is of; empty = the current one.
  std::string history = {};
  /// A client that is too slow reads the log instead of being cut off.
  bool catch_up = false;
  /// Server-Sent Events: the client cannot send.
  bool one_way = false;
  /// It is a log stream of an API key, not a session of a user.
  std::optional<log_scope> scope;
};

/// Why a session ends, as a WebSocket close code.
enum class session_close : uint16_t {
  normal = 1000,
  shutting_down = 1001,
  internal = 1011,
  overloaded = 1013,
  unauthenticated = 4001,
  forbidden = 4003,
  too_slow = 4008,
  protocol_error = 4009,
};

} // namespace carillon
