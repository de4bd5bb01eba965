#pragma once

#include "actors/webhooks/endpoints/webhook_endpoints.hpp"

#include <string>

namespace carillon {

/// What operators see of the endpoints. Part of the hub's state; see `webhook_hub_actor` for the
/// errors.
class webhook_views {
public:
  /// All references outlive it.
  webhook_views(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                const webhook_registry& registry, webhook_endpoints& endpoints);

  caf::result<webhook_status> status(uint64_t id);
  caf::result<webhook_overview> overview();
  caf::result<webhook_consumers> consumers(const std::string& company_id) const;

private:
  caf::result<webhook_status> stored_status(webhook_status known);

  /// Adds to a consumer's status what it cannot know: the distance from the last event sent to it
  /// to the end of the log.
  consumer_status with_lag(uint64_t id, consumer_status x) const;

  webhook_hub_actor::pointer self_;
  const webhook_hub_env& env_;
  const webhook_registry& registry_;
  webhook_endpoints& endpoints_;
};

} // namespace carillon
