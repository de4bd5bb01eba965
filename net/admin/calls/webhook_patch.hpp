#pragma once

#include "net/admin/calls/webhook_input.hpp"

namespace carillon::admin {

/// The body of a PATCH without the members that only the node sets, as far as they say what `x`
/// says: so an answer of GET can be changed and sent back. Of what is shown hidden, `headers` that
/// name the same ones with nothing but hidden values are left as they are. `status` is not
/// compared: it changes by itself. Errors: `malformed_json`; `invalid_argument` for a read-only
/// member that differs.
expected<std::string> without_read_only(std::string_view body, const webhook_with_secrets& x);

/// A JSON Merge Patch (RFC 7396) as the patch of the API that does the same: `null` sets a member
/// back to what it is without one, and headers are changed one by one. Errors: `malformed_json`;
/// `invalid_argument` where headers that are not named would follow the webhook to another URL.
expected<std::string> as_plain_patch(std::string_view body, const webhook_with_secrets& x);

/// True if a body has a member that `without_read_only` looks at.
bool has_read_only(std::string_view body);

} // namespace carillon::admin
