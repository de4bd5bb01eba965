#include "net/admin/access.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

bool iequals(std::string_view a, std::string_view b) noexcept {
  auto same = [](char x, char y) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    return lower(x) == lower(y);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

std::string_view trim(std::string_view x) noexcept {
  constexpr std::string_view blank = " \t";
  auto from = std::min(x.find_first_not_of(blank), x.size());
  x.remove_prefix(from);
  return x.substr(0, x.find_last_not_of(blank) + 1);
}

/// A web page may only call the port that it was loaded from.
bool is_same_origin(const incoming& x) noexcept {
  std::string_view origin = x.origin;
  if (origin.empty())
    return true;
  auto scheme = origin.find("://");
  return scheme != std::string_view::npos && iequals(origin.substr(scheme + 3), x.host);
}

/// Without keys, the name that the client used must be a loopback one: else a web page
/// whose name was made to point here could call the port as its own.
bool is_loopback_name(std::string_view host) noexcept {
  if (host.empty() || host == "[::1]" || host.starts_with("[::1]:"))
    return true;
  auto name = host.substr(0, host.find(':'));
  return iequals(name, "localhost")
         || (name.starts_with("127.") && name.find_first_not_of("0123456789.") == name.npos);
}

failure forbidden(std::string detail) {
  return {ec::forbidden, std::move(detail), {}};
}

expected<void> permit(const principal& who, access needs) {
  auto node_wide = needs == access::read_node || needs == access::administer_node;
  auto changes = needs == access::administer || needs == access::administer_node;
  if (!who.may_read())
    return forbidden("a publisher's API key may only publish");
  if (changes && !who.may_administer())
    return forbidden("this needs an API key with the role admin");
  if (node_wide && who.is_bound())
    return forbidden("this concerns all companies, the API key is bound to one");
  return {};
}

expected<void> permit(const incoming& request, const principal& who, access needs) {
  if (!is_same_origin(request))
    return forbidden("web pages of other origins may not call this port");
  if (who.key_id == 0 && !is_loopback_name(request.host))
    return forbidden("without API keys this port is called as localhost only");
  return permit(who, needs);
}

} // namespace

void tell_refused(const context& ctx, const incoming& request, const route& at, const failure& why,
                  std::string who) {
  if (!ctx.backend.on_refused)
    return;
  ctx.backend.on_refused({.why = why,
                          .who = std::move(who),
                          .action = request.method + ' ' + std::string{at.pattern},
                          .ip = request.remote_addr});
}

expected<principal> admit(context& ctx, const incoming& request, const route& at) {
  if (at.needs == access::open)
    return principal{};
  auto who = ctx.backend.keys->authenticate(request.authorization);
  if (!who) {
    if (who.error().code == ec::unauthenticated)
      tell_refused(ctx, request, at, who.error(), {});
    return who;
  }
  if (auto permitted = permit(request, *who, at.needs); !permitted) {
    tell_refused(ctx, request, at, permitted.error(), name_of(*who));
    return permitted.error();
  }
  return who;
}

expected<void> check_media_type(const incoming& request) {
  std::string_view rest = request.content_type;
  auto end = std::min(rest.find(';'), rest.size());
  auto parameter = trim(rest.substr(std::min(end + 1, rest.size())));
  auto utf8 = parameter.empty() || iequals(parameter, "charset=utf-8")
              || iequals(parameter, "charset=\"utf-8\"");
  if (utf8 && iequals(trim(rest.substr(0, end)), "application/json"))
    return {};
  return failure{ec::unsupported_media_type, "send application/json in UTF-8", "Content-Type"};
}

} // namespace carillon::admin
