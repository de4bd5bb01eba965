#pragma once

#include "messages/webhooks/delivery.hpp"
#include "persistence/state/sql/effect_writer.hpp"
#include "persistence/state/sql/state_connection.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"
#include "persistence/state/webhooks/webhook_table.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace carillon::sql {

/// The rows of deliveries and of their attempts, and how many deliveries there are. Writes the
/// effects of endpoints. Every call but `ended` is within a transaction.
class delivery_table final : public effect_writer {
public:
  explicit delivery_table(state_connection& db) noexcept : db_(db), webhooks_(db) {
  }

  void begin() override;

  /// Records attempts, and the activity and health of webhooks.
  std::vector<std::type_index> types() const override {
    return {typeid(webhook_attempt), typeid(webhook_activation), typeid(webhook_health)};
  }

  void apply(const effects& x, timestamp now) override;
  void ended(const expected<void>& outcome) override;

  std::optional<numbered_delivery> find(const webhook_delivery_key& key);

  /// With its number in `numbered_delivery`. It is due now.
  void set_retrying(uint64_t number, timestamp now);

  /// The deliveries of a webhook that would be retried have failed.
  void give_up(uint64_t webhook_id, timestamp now);

  /// Counted once, then remembered.
  uint64_t count();

  /// Deletes deliveries with their attempts.
  void erase(const std::vector<uint64_t>& numbers);

  /// This many were deleted, in a transaction that took place.
  void note_erased(uint64_t number);

  /// The outcome of a transaction is unknown.
  void forget_count() noexcept {
    count_.reset();
  }

private:
  void record(const webhook_attempt& x, timestamp now);

  state_connection& db_;
  webhook_table webhooks_;
  /// Of committed rows, once known; and rows added by the open transaction.
  std::optional<uint64_t> count_;
  uint64_t added_ = 0;
};

} // namespace carillon::sql
