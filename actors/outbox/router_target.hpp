#pragma once

#include "messages/codec/type_registry.hpp"
#include "messages/events/interfaces.hpp"
#include "persistence/outbox/relay.hpp"

#include <chrono>

namespace carillon {

/// Publishes rows of an outbox within the node: they are checked as events of the data port are,
/// and go to the router in one call. Blocks its thread until the events are durable.
class router_target final : public outbox_target {
public:
  /// How long the node may take for a batch.
  static constexpr std::chrono::seconds deadline{30};

  /// @param types outlive this object
  router_target(router_actor router, const type_registry& types, bool accept_unknown_types)
    : router_(std::move(router)), types_(types), accept_unknown_types_(accept_unknown_types) {
  }

  /// Errors: those of the router.
  expected<std::vector<expected<void>>> publish(const outbox_rows& rows) override;

private:
  expected<draft_ptr> draft_of(const outbox_row& x) const;

  router_actor router_;
  const type_registry& types_;
  bool accept_unknown_types_;
};

} // namespace carillon
