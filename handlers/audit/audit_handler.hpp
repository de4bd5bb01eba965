#pragma once

#include "messages/consumers/handler.hpp"

namespace carillon {

/// Writes a row to the audit log for every event: actor (`user:<id>`), action (the event type),
/// subject (`event:<seq>`), time, and origin (the source). The detail holds the event's digest, so
/// that the chain covers the log, and its id, correlation and metadata. Replays write nothing,
/// since the replay itself is recorded.
class audit_handler final : public effect_handler {
public:
  /// Name of the consumer.
  static constexpr const char* name = "audit";

  void handle(const event& x, effects& out) override;
};

} // namespace carillon
