#pragma once

#include "net/admin/routes.hpp"
#include "net/data/request_head.hpp"

namespace carillon::admin {

/// True if the page that sent a request was loaded from this port, or is of an origin on the list;
/// or if no page sent it.
/// @param with_key `*` stands for all origins only then: a page can't know a key
bool is_allowed_origin(const context& ctx, const data::request_head& head, bool with_key) noexcept;

/// Whether somebody may make a call. Errors: `forbidden`.
expected<void> permit(const context& ctx, const data::request_head& head, const principal& who,
                      access needs);

/// Errors: `unsupported_media_type` unless the body is JSON in UTF-8; for PATCH also as JSON Merge
/// Patch (RFC 7396). Also what keeps web pages of other origins out: they may not send this type
/// without asking first.
expected<void> check_media_type(const incoming& request);

/// Method and pattern, as events name a call.
std::string action_of(std::string_view method, const route& at);

} // namespace carillon::admin
