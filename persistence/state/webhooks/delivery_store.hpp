#pragma once

#include "base/failure.hpp"
#include "messages/webhooks/requests.hpp"

namespace carillon {

/// The part of the state store for webhooks' deliveries; see `state_store`. Calls that name a
/// webhook or a delivery may also fail with `not_found`.
class delivery_store {
public:
  virtual ~delivery_store() = default;

  virtual expected<webhook_delivery_page> list(const list_webhook_deliveries& x) = 0;

  virtual expected<webhook_delivery_history> get(const get_webhook_delivery& x) = 0;

  virtual expected<retry_row> resend(const resend_webhook_delivery& x, timestamp now) = 0;

  virtual expected<recovered_rows> recover(const recover_webhook& x, timestamp now) = 0;

  /// How many were deleted.
  virtual expected<uint64_t> trim(const trim_webhook_deliveries& x) = 0;
};

} // namespace carillon
