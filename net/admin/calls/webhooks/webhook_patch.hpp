#pragma once

#include "net/admin/calls/webhooks/webhook_input.hpp"

namespace carillon::admin {

/// The body of a PATCH without read-only members that equal those of `x`, so that an answer of GET
/// can be changed and sent back. `headers` with the same names and only hidden values are left
/// unchanged. `status` is not compared, since it changes by itself. Errors: `malformed_json`;
/// `invalid_argument` for a read-only member that differs.
expected<std::string> without_read_only(std::string_view body, const webhook_with_secrets& x);

/// Translates a JSON Merge Patch (RFC 7396) into the equivalent patch of the API: `null` resets a
/// member to its default, and headers are changed one by one. Errors: `malformed_json`;
/// `invalid_argument` if unnamed headers would follow the webhook to another URL.
expected<std::string> as_plain_patch(std::string_view body, const webhook_with_secrets& x);

/// True if a body has a member that `without_read_only` examines.
bool has_read_only(std::string_view body);

} // namespace carillon::admin
