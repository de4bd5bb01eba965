#pragma once

#include "actors/webhooks/endpoints/webhook_endpoints.hpp"

#include <string>

namespace carillon {

/// Disables webhooks whose receivers are gone or only fail. Each is first reported by an event
/// `webhook.endpoint_disabled`. Part of the hub's state.
class webhook_disabling {
public:
  /// All references outlive it.
  webhook_disabling(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                    webhook_registry& registry, webhook_endpoints& endpoints);

  /// An endpoint asks for it.
  /// @param cause identifies the failure: a repeated request makes no second event
  void begin(uint64_t id, const std::string& reason, const std::string& cause);

  /// @param reason empty = the report was not appended to the log
  void on_reported(uint64_t id, const std::string& reason);

private:
  void report(const webhook& x, const std::string& reason, const std::string& cause);
  void write(uint64_t id, const std::string& reason);

  webhook_hub_actor::pointer self_;
  const webhook_hub_env& env_;
  webhook_registry& registry_;
  webhook_endpoints& endpoints_;
};

} // namespace carillon
