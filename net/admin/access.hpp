#pragma once

#include "net/admin/routes.hpp"
#include "net/http/request_head.hpp"

namespace carillon::admin {

/// True if the page that sent a request was loaded from this port, or has an origin on the list; or
/// if the client sends no `Origin`.
/// @param with_key the request has an API key; `*` allows all origins only then, since a foreign
///        page cannot know a key
bool is_allowed_origin(const context& ctx, const data::request_head& head, bool with_key) noexcept;

/// Checks whether a principal may make a call. Errors: `forbidden`.
expected<void> permit(const context& ctx, const data::request_head& head, const principal& who,
                      access needs);

/// Errors: `unsupported_media_type` unless the body is JSON in UTF-8; for PATCH also as JSON Merge
/// Patch (RFC 7396). This also keeps out web pages of other origins: they may not send this type
/// without a preflight.
expected<void> check_media_type(const incoming& request);

/// Method and pattern, as events name a call.
std::string action_of(std::string_view method, const route& at);

} // namespace carillon::admin
