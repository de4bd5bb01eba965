#pragma once

#include "actors/webhooks/delivery_trimming.hpp"
#include "actors/webhooks/endpoints/endpoint_feeder.hpp"
#include "actors/webhooks/endpoints/endpoint_idling.hpp"
#include "actors/webhooks/endpoints/webhook_endpoints.hpp"
#include "actors/webhooks/webhook_changes.hpp"
#include "actors/webhooks/webhook_disabling.hpp"
#include "actors/webhooks/webhook_hub_env.hpp"
#include "actors/webhooks/webhook_registry.hpp"
#include "actors/webhooks/webhook_secrets.hpp"
#include "actors/webhooks/webhook_tester.hpp"
#include "actors/webhooks/webhook_views.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <memory>
#include <vector>

namespace carillon {

/// The parts of the hub. Each has one task and knows only parts before it.
struct webhook_hub_parts {
  webhook_hub_parts(webhook_hub_actor::pointer self, webhook_hub_env given);

  webhook_hub_parts(const webhook_hub_parts&) = delete;
  webhook_hub_parts& operator=(const webhook_hub_parts&) = delete;

  webhook_hub_env env;
  webhook_registry registry;
  webhook_secrets secrets;
  webhook_endpoints endpoints;
  endpoint_feeder feeder;
  endpoint_idling idling;
  webhook_changes changes;
  webhook_disabling disabling;
  webhook_views views;
  webhook_tester tester;
  delivery_trimming trimming;
};

/// State of the WEBHOOK HUB: starts and stops its parts.
class webhook_hub_state {
public:
  static constexpr const char* name = "carillon.webhook_hub";

  webhook_hub_state() = default;
  webhook_hub_state(const webhook_hub_state&) = delete;
  webhook_hub_state& operator=(const webhook_hub_state&) = delete;

  void init(webhook_hub_actor::pointer self, webhook_hub_env env);

  /// Available after `init`.
  webhook_hub_parts& parts() noexcept {
    return *parts_;
  }

  // -- callbacks ------------------------------------------------------------------

  caf::result<atom::done> loaded();
  void on_tick(uint64_t generation);

  /// @param id 0 = the webhooks are loaded again after the store failed
  void on_restart(uint64_t id);
  caf::result<atom::done> drain();

private:
  void open_matcher();
  void load_page(uint64_t beyond);
  void load_later();

  webhook_hub_actor::pointer self_ = nullptr;
  std::unique_ptr<webhook_hub_parts> parts_;
  bool loaded_ = false;
  uint64_t generation_ = 0;
  std::vector<caf::typed_response_promise<atom::done>> load_promises_;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
};

/// Runs the WEBHOOK HUB.
webhook_hub_actor::behavior_type
webhook_hub(webhook_hub_actor::stateful_pointer<webhook_hub_state> self, webhook_hub_env env);

} // namespace carillon
