#pragma once

#include "actors/webhooks/webhook_index.hpp"
#include "messages/consumers/handler.hpp"
#include "messages/webhooks/interfaces.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace carillon {

/// Finds the webhooks that an event concerns. It is the target of the consumer `webhooks`, whose
/// cursor is committed together with the activations: after a crash, every event that passed has
/// activated its webhooks.
class webhook_matcher : public effect_handler {
public:
  static constexpr const char* name = "webhooks";

  webhook_matcher(std::shared_ptr<webhook_index> index, webhook_hub_actor hub);

  void handle(const event& x, effects& out) override;
  void take(const event_ptr& x, effects& out) override;
  void finish() noexcept override;

private:
  /// The group of the webhooks in `ids_`.
  webhook_matches::group& group_of_ids();

  std::shared_ptr<webhook_index> index_;
  webhook_hub_actor hub_;
  std::vector<uint64_t> ids_;
  webhook_matches found_;
};

} // namespace carillon
