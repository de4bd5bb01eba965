#pragma once

#include "persistence/state/consumers/consumer_owner.hpp"
#include "persistence/state/sql/state_connection.hpp"
#include "persistence/state/webhooks/delivery_table.hpp"
#include "persistence/state/webhooks/webhook_table.hpp"

namespace carillon::sql {

/// Webhooks own their consumers.
class webhook_owner final : public consumer_owner {
public:
  webhook_owner(state_connection& db, delivery_table& deliveries) noexcept
    : webhooks_(db), deliveries_(deliveries) {
  }

  /// A webhook's consumer is created and deleted with the webhook.
  bool may_open(const std::string& consumer) override;

  void add_last_statuses(const std::string& consumer, std::vector<retry_row>& rows) override;

  /// The delivery of the dead letter continues.
  void note_retried(const dead_letter& x, timestamp now) override;

private:
  webhook_table webhooks_;
  delivery_table& deliveries_;
};

} // namespace carillon::sql
