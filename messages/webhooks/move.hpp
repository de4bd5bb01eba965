#pragma once

#include "base/failure.hpp"
#include "messages/webhooks/settings.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// The host of a URL that `check_webhook` accepts, in lower case, without port, and without a dot
/// at its end.
std::string host_of_url(std::string_view url);

/// True if data sent to `to` may reach another party than data sent to `from`: another host, or the
/// same one without TLS.
bool leads_elsewhere(std::string_view from, std::string_view to);

/// Checks whether a change may move a webhook to its new URL. The values of its headers are never
/// shown, and its secret proves the sender. Neither is sent to another party unless the change
/// names headers and secret again (or others, or none).
/// @param with_secret the change names the secret, or asks for a new one
/// Errors: `invalid_argument`, field `headers` or `secret`, for the one that must be named.
expected<void> check_move(const webhook_settings& was, const webhook_change& by, bool with_secret);

} // namespace carillon
