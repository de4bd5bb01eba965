#pragma once

#include "actors/webhooks/endpoints/webhook_endpoints.hpp"

#include <vector>

namespace carillon {

/// Gives endpoints their work: matched events, retry rows, and replays, which find their consumer
/// here. Activates those that do not run. Part of the hub's state.
class endpoint_feeder {
public:
  /// All references outlive it.
  endpoint_feeder(webhook_hub_actor::pointer self, webhook_registry& registry,
                  webhook_endpoints& endpoints);

  void on_matches(const webhook_matches& x);

  /// A dead letter or a delivery of a webhook became a retry row.
  void on_retry_row(uint64_t id, const retry_row& x);

  /// The consumer of a webhook, started if it is not running. Errors: `not_found`, `conflict` (it
  /// is disabled), `overloaded`.
  caf::result<replay_taker_actor> find(uint64_t id);

  /// The position before the first event that a consumer is sent.
  position attach(const batch_taker_actor& x);

  /// A consumer has handled a batch.
  void acknowledge(const batch_taker_actor& x);

private:
  using groups = std::vector<const webhook_matches::group*>;

  void note_work(running_endpoint& x) const;
  void feed(running_endpoint& x, const groups& of);

  webhook_hub_actor::pointer self_;
  webhook_registry& registry_;
  webhook_endpoints& endpoints_;
};

} // namespace carillon
