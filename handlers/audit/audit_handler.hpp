#pragma once

#include "messages/consumers/consumer.hpp"

namespace carillon {

/// Writes a row to the audit log for every event it gets: who (`user:<id>`), what (the event
/// type), to what (`event:<seq>`), when, and from where (the source). The detail holds the event's
/// digest, so that the chain vouches for the log, and its id, correlation and metadata. Replays
/// write nothing: the replay itself is on record.
class audit_handler final : public effect_handler {
public:
  /// Name of the consumer.
  static constexpr const char* name = "audit";

  void handle(const event& x, effects& out) override;
};

} // namespace carillon
