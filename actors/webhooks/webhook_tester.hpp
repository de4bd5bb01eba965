#pragma once

#include "actors/webhooks/webhook_hub_env.hpp"
#include "actors/webhooks/webhook_secrets.hpp"

namespace carillon {

/// Sends test events to webhooks, each by an endpoint of its own that ends after one attempt. Part
/// of the hub's state.
class webhook_tester {
public:
  /// All references outlive it.
  webhook_tester(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                 const webhook_secrets& secrets);

  /// Answers the attempt, regardless of its outcome. Errors: `not_found`, `overloaded`.
  caf::result<webhook_attempt> test(const test_webhook& x);

private:
  void run(const webhook_with_secrets& x, const operator_stamp& by,
           caf::typed_response_promise<webhook_attempt> to);
  void note(const webhook& x, const operator_stamp& by);

  webhook_hub_actor::pointer self_;
  const webhook_hub_env& env_;
  const webhook_secrets& secrets_;
};

} // namespace carillon
