#pragma once

#include "net/admin/routes.hpp"

namespace carillon::admin {

/// Authenticates the caller and checks that the route is permitted; refusals are told
/// to the backend's hook. Errors: `unauthenticated`, `forbidden`.
expected<principal> admit(context& ctx, const incoming& request, const route& at);

/// Tells the backend's hook of a refusal.
void tell_refused(const context& ctx, const incoming& request, const route& at, const failure& why,
                  std::string who);

/// Errors: `unsupported_media_type` unless the body is JSON in UTF-8. Also what keeps
/// web pages of other origins out: they may not send this type without asking first.
expected<void> check_media_type(const incoming& request);

} // namespace carillon::admin
