#pragma once

#include "base/page.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/list_request.hpp"
#include "messages/request.hpp"
#include "messages/webhooks/delivery_requests.hpp"
#include "messages/webhooks/webhook.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about webhooks. A given `company_id` must be the webhook's own, else
// it is `not_found`. Changes write their audit row in the same transaction.

/// Registers a webhook for events published from now on. The store inserts it with its consumer,
/// whose cursor is `start`, and answers it with id and times. It begins active at `start`, which is
/// before its first event (or at 1, if the log is empty).
struct create_webhook {
  using answer = webhook;
  webhook_settings settings;
  /// For the hub: replaces those of the settings; empty = the node's default.
  std::optional<bool> private_targets;
  /// For the hub, which seals it: `whsec_…` or `whsk_…`; empty = a new one of `kind` is made.
  std::string secret;
  webhook_secret_kind kind = webhook_secret_kind::hmac;
  /// From the hub, for the store.
  sealed_secret sealed;
  position start = 0;
  operator_stamp by;
};

/// Changes settings, in one transaction with reading the old ones. New types activate it. If
/// nothing changes, nothing is written, not even an audit row. A request with a `company_id` cannot
/// grant `private_targets`, and revokes them if it changes the URL. Errors: `invalid_argument` for
/// a change that `check_move` rejects.
struct update_webhook {
  using answer = webhook;
  uint64_t id = 0;
  std::optional<std::string> company_id;
  webhook_change change;
  /// With a URL of another party: the secret that it knows, `whsec_…` or `whsk_…`; empty text = a
  /// new one is made. For the hub, which seals it.
  std::optional<std::string> secret;
  /// Replaces all present secrets.
  std::optional<sealed_secret> sealed;
  operator_stamp by;
};

/// Enables (`reason` is empty; clears the failures) or disables. If nothing changes, nothing is
/// written, not even an audit row.
struct enable_webhook {
  using answer = webhook;
  uint64_t id = 0;
  std::optional<std::string> company_id;
  bool enabled = true;
  std::string reason;
  operator_stamp by;
};

/// Deletes a webhook with its secrets, cursor, retries and dead letters. Its deliveries stay until
/// they are trimmed.
struct delete_webhook {
  using answer = void;
  uint64_t id = 0;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Adds a secret in front; older ones expire at `old_expire_at` at the latest, and are deleted if
/// they have expired already. Errors: `conflict` if there would be more than five.
struct add_webhook_secret {
  using answer = void;
  uint64_t id = 0;
  std::optional<std::string> company_id;
  sealed_secret secret;
  timestamp old_expire_at;
  operator_stamp by;
};

using webhook_with_secrets_ptr = std::shared_ptr<const webhook_with_secrets>;

/// A webhook with its sealed secrets. Errors: `not_found`.
struct get_webhook {
  using answer = webhook_with_secrets_ptr;
  uint64_t id = 0;
  std::optional<std::string> company_id;
};

using webhook_page = page_of<webhook>;

/// By id, newest first unless `page.ascending`. `page.company_id` selects those of a company.
struct list_webhooks {
  using answer = webhook_page;
  list_request page;
};

/// Passivates a webhook: everything up to `at` is done. Never moves back.
struct note_webhook_idle {
  using answer = void;
  uint64_t id = 0;
  position at = 0;
};

/// Requests about webhooks and their deliveries that the state actor answers.
using webhook_requests
  = request_list<create_webhook, update_webhook, enable_webhook, delete_webhook, add_webhook_secret,
                 get_webhook, list_webhooks, note_webhook_idle, list_webhook_deliveries,
                 get_webhook_delivery, resend_webhook_delivery, recover_webhook,
                 trim_webhook_deliveries>;

} // namespace carillon
