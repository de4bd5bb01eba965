#pragma once

#include "net/admin/call.hpp"
#include "net/http/request_head.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::admin {

// Cookies of pages whose user has signed in, see docs/sso.md.

/// Of the session of who has signed in.
inline constexpr std::string_view session_cookie = "carillon-session";
/// Of a sign-in on its way.
inline constexpr std::string_view flow_cookie = "carillon-sign-in";

/// True if browsers reach the port by TLS, here or before it.
bool is_secure(const context& ctx) noexcept;

/// The value of one of our cookies; empty if there is none.
std::string_view own_cookie(const context& ctx, std::string_view field, std::string_view name);

/// A `Set-Cookie` value: for this host only, not for scripts, and over TLS only where there is TLS.
/// @param same_site `Strict`, or `Lax` for what the provider's page sends back to us
/// @param seconds 0 = the browser forgets it
std::string made_cookie(const context& ctx, std::string_view name, std::string_view value,
                        std::string_view same_site, int64_t seconds);

/// Whose session a request of a page belongs to; empty if it has none. Errors: `forbidden` if
/// another page than our own sends it: browsers send the cookie with what a page of another port
/// or, for links, of another site asks for, too.
std::optional<expected<principal>> page_caller(const context& ctx, const data::request_head& head);

} // namespace carillon::admin
