#pragma once

#include "messages/consumers/handler.hpp"

namespace carillon {

/// Counts events per type, company and hour of their time. Replays are not counted again.
class metrics_handler final : public effect_handler {
public:
  /// Name of the consumer.
  static constexpr const char* name = "metrics";

  void handle(const event& x, effects& out) override;
};

} // namespace carillon
