#pragma once

#include "actors/webhooks/endpoints/webhook_endpoints.hpp"

namespace carillon {

/// Finds endpoints without work, and passivates them. Part of the hub's state.
class endpoint_idling {
public:
  /// All references outlive it.
  endpoint_idling(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                  webhook_registry& registry, webhook_endpoints& endpoints);

  /// Asks the consumers of endpoints that got no work for a while; those that have none left are
  /// passivated. Earlier if others wait for a place.
  void check();

private:
  void ask(uint64_t id, running_endpoint& x);

  /// @param given how often it had got work when it was asked
  void on_status(uint64_t id, uint64_t given, const consumer_status& status);

  webhook_hub_actor::pointer self_;
  const webhook_hub_env& env_;
  webhook_registry& registry_;
  webhook_endpoints& endpoints_;
};

} // namespace carillon
