#pragma once

#include "actors/webhooks/endpoints/endpoint_feeder.hpp"
#include "actors/webhooks/endpoints/webhook_endpoints.hpp"
#include "actors/webhooks/webhook_rules.hpp"

#include <caf/typed_response_promise.hpp>

#include <string>

namespace carillon {

/// Operators' changes of webhooks and deliveries. The store comes first: stored changes are then
/// published to the registry and the endpoints. Part of the hub's state; see `webhook_hub_actor`
/// for the errors.
class webhook_changes {
public:
  /// All references outlive it.
  webhook_changes(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                  webhook_registry& registry, const webhook_secrets& secrets,
                  webhook_endpoints& endpoints, endpoint_feeder& feeder);

  // -- settings -------------------------------------------------------------------

  caf::result<webhook_answer> create(const create_webhook& x);
  caf::result<webhook_answer> update(const update_webhook& x);
  caf::result<webhook> enable(const enable_webhook& x);
  caf::result<atom::done> remove(const delete_webhook& x);
  caf::result<rotated_secret> rotate(const rotate_webhook_secret& x);

  // -- deliveries -----------------------------------------------------------------

  caf::result<retry_row> resend(const resend_webhook_delivery& x);
  caf::result<recovered_rows> recover(const recover_webhook& x);

private:
  /// A change as it is written, and the secret if one was made.
  struct prepared_change {
    update_webhook request;
    std::string made;
  };

  expected<prepared_change> prepare(update_webhook x, const webhook_with_secrets& was) const;
  void write(prepared_change x, caf::typed_response_promise<webhook_answer> to);
  void replace_secret(const rotate_webhook_secret& x, const webhook_secret& by,
                      caf::typed_response_promise<rotated_secret> to);

  webhook_hub_actor::pointer self_;
  const webhook_hub_env& env_;
  webhook_registry& registry_;
  const webhook_secrets& secrets_;
  const webhook_rules rules_;
  webhook_endpoints& endpoints_;
  endpoint_feeder& feeder_;
};

} // namespace carillon
