#pragma once

#include "base/failure.hpp"
#include "messages/webhooks/webhook.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// The host of a URL that `check_webhook` takes, in lower case, without port, and without a dot at
/// its end.
std::string host_of_url(std::string_view url);

/// True if what was sent to the one would go to somebody else by the other: another host, or the
/// same one without TLS.
bool leads_elsewhere(std::string_view from, std::string_view to);

/// Whether a webhook may go where a change takes it. The values of its headers are never shown, and
/// its secret tells the receiver who signs: neither goes along to where it leads elsewhere, unless
/// whoever makes the change says them anew (or others, or none).
/// @param with_secret the change names the secret, or asks for a new one
/// Errors: `invalid_argument`, field `headers` or `secret`, for what has to be said.
expected<void> check_move(const webhook_settings& was, const webhook_change& by, bool with_secret);

} // namespace carillon
