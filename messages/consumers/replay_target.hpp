#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace carillon {

/// Where a replay goes. As text: `all`, `handlers`, `handler/<name>`, `webhooks`, `webhook/<id>` or
/// `sessions`.
struct replay_target {
  /// As the text says it.
  enum class kind : uint8_t {
    /// Handlers, webhooks and sessions.
    all,
    /// Handlers that replays concern without being named.
    handlers,
    handler,
    webhooks,
    webhook,
    sessions,
  };

  kind what = kind::handlers;
  /// Of a `handler`.
  std::string name;
  /// Of a `webhook`.
  uint64_t id = 0;

  /// A target of this kind.
  /// @{
  static replay_target all() {
    return {kind::all, {}, 0};
  }

  static replay_target handler(std::string name) {
    return {kind::handler, std::move(name), 0};
  }

  static replay_target webhook(uint64_t id) {
    return {kind::webhook, {}, id};
  }

  static replay_target webhooks() {
    return {kind::webhooks, {}, 0};
  }

  static replay_target sessions() {
    return {kind::sessions, {}, 0};
  }
  /// @}

  friend bool operator==(const replay_target&, const replay_target&) = default;
};

/// The text of the target, see `replay_target`.
std::string to_text(const replay_target& x);

/// Inverse of `to_text`. Whether there is such a handler is not checked. Errors:
/// `invalid_argument`, and `not_found` for a webhook whose id cannot be one, both with the field
/// `target`.
expected<replay_target> replay_target_from(std::string_view text);

} // namespace carillon
