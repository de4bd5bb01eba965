#pragma once

#include "base/failure.hpp"
#include "messages/webhooks/requests.hpp"

namespace carillon {

/// The part of the state store for webhooks; see `state_store`. Calls that name a webhook may also
/// fail with `not_found`.
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

  virtual expected<webhook_page> list(const list_webhooks& x) = 0;

  virtual expected<void> note_idle(const note_webhook_idle& x) = 0;
};

} // namespace carillon
