#include "net/admin/page_session.hpp"

#include "net/http/cookies.hpp"
#include "net/http/target.hpp"
#include "net/sso/single_sign_on.hpp"

namespace carillon::admin {

namespace {

/// Browsers refuse to let another host, or one without TLS, set a cookie of this prefix (RFC
/// 6265bis section 4.1.3.2).
constexpr std::string_view host_prefix = "__Host-";

std::string full_name(const context& ctx, std::string_view name) {
  return (is_secure(ctx) ? std::string{host_prefix} : std::string{}) + std::string{name};
}

/// True for a request that our own page, or the address bar, has made.
bool is_own_page(const data::request_head& head, bool secure) noexcept {
  using boost::beast::http::verb;
  const auto reads = head.method == verb::get || head.method == verb::head;
  if (head.origin.empty() ? !reads : !data::is_same_origin(head.origin, head.host, secure))
    return false;
  return head.fetch_site.empty() || head.fetch_site == "same-origin"
         || (reads && head.fetch_site == "none");
}

} // namespace

bool is_secure(const context& ctx) noexcept {
  return ctx.backend.certificates != nullptr
         || (ctx.backend.sign_on && ctx.backend.sign_on->options().page_url.starts_with("https:"));
}

std::string_view own_cookie(const context& ctx, std::string_view field, std::string_view name) {
  return data::cookie_in(field, full_name(ctx, name));
}

std::string made_cookie(const context& ctx, std::string_view name, std::string_view value,
                        std::string_view same_site, int64_t seconds) {
  auto out = full_name(ctx, name) + '=';
  out.append(value).append("; Path=/; HttpOnly; SameSite=").append(same_site);
  out += "; Max-Age=" + std::to_string(seconds);
  if (is_secure(ctx))
    out += "; Secure";
  return out;
}

std::optional<expected<principal>> page_caller(const context& ctx, const data::request_head& head) {
  if (!ctx.backend.sign_on || !head.authorization.empty() || head.cookie.empty())
    return std::nullopt;
  auto who = ctx.backend.sign_on->session_of(own_cookie(ctx, head.cookie, session_cookie));
  if (!who)
    return std::nullopt;
  if (!is_own_page(head, is_secure(ctx)))
    return expected<principal>{failure{
      ec::forbidden, "the session of the operations page is for its own requests only", {}}};
  return expected<principal>{std::move(*who)};
}

} // namespace carillon::admin
