#pragma once

#include "messages/webhooks/hub_requests.hpp"
#include "messages/webhooks/requests.hpp"

#include <functional>
#include <string>

namespace carillon {

/// Checks the settings of webhooks by what depends on the node: which URLs it calls, and its
/// default for private targets. `check_webhook` has the other rules. Immutable.
class webhook_rules {
public:
  /// See `http_client::check`; empty = any URL is accepted.
  using target_check = std::function<expected<std::string>(const std::string& url, bool privately)>;

  webhook_rules() = default;

  /// @param allow_http accept `http://` URLs, too
  /// @param private_targets of a webhook that is registered without a setting for them
  webhook_rules(bool allow_http, bool private_targets, target_check target);

  /// The settings of a new webhook, with the URL as it is called. Errors: `invalid_argument`.
  expected<webhook_settings> accept(const create_webhook& x) const;

  /// Checks the given settings of a change alone; the others were checked when they were set.
  /// Errors: `invalid_argument`, `forbidden`.
  expected<void> check(const update_webhook& x) const;

  /// The new URL of a change, which names one, as it is called. Errors: `invalid_argument`.
  expected<std::string> moved_url(const update_webhook& x, const webhook_settings& was) const;

private:
  expected<void> check_scheme(const std::string& url) const;
  expected<std::string> target(const std::string& url, bool privately) const;

  bool allow_http_ = false;
  bool private_targets_ = false;
  target_check check_target_;
};

} // namespace carillon
