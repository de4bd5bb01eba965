#pragma once

#include "base/failure.hpp"
#include "messages/webhooks/requests.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// The part of the state store for webhooks and their deliveries; see there. Calls that name a
/// webhook or a delivery may also fail with `not_found`.
class webhook_store {
public:
  virtual ~webhook_store() = default;

  virtual expected<webhook> insert(const create_webhook& x, timestamp now) = 0;

  /// Errors also: `invalid_argument`, see `check_move`.
  virtual expected<webhook> update(const update_webhook& x, timestamp now) = 0;

  virtual expected<webhook> enable(const enable_webhook& x, timestamp now) = 0;

  virtual expected<void> remove(const delete_webhook& x, timestamp now) = 0;

  /// Errors also: `conflict`, five are still valid.
  virtual expected<void> add_secret(const add_webhook_secret& x, timestamp now) = 0;

  virtual expected<webhook_with_secrets> get(const get_webhook& x) = 0;

  virtual expected<webhook_page> webhooks(const list_webhooks& x) = 0;

  virtual expected<void> note_asleep(const note_webhook_asleep& x) = 0;

  virtual expected<webhook_delivery_page> deliveries(const list_webhook_deliveries& x) = 0;

  virtual expected<webhook_delivery_story> delivery(const get_webhook_delivery& x) = 0;

  virtual expected<retry_row> resend(const resend_webhook_delivery& x, timestamp now) = 0;

  virtual expected<recovered_rows> recover(const recover_webhook& x, timestamp now) = 0;

  /// The fingerprint of the key that secrets are sealed with. If none is stored, `mine` is stored.
  /// Without `mine` nothing is stored, and the answer may be empty.
  virtual expected<std::string> node_key(std::string_view mine) = 0;

  /// Replaces the stored fingerprint.
  virtual expected<void> replace_node_key(std::string_view mine) = 0;

  /// How many were deleted.
  virtual expected<uint64_t> trim(const trim_webhook_deliveries& x) = 0;
};

} // namespace carillon
