#include "net/admin/access.hpp"

#include "base/text/ascii.hpp"
#include "net/http/target.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace carillon::admin {

namespace {

using boost::beast::iequals;

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

} // namespace

bool is_allowed_origin(const context& ctx, const data::request_head& head, bool with_key) noexcept {
  if (data::is_same_origin(head.origin, head.host))
    return true;
  return std::any_of(ctx.options.origins.begin(), ctx.options.origins.end(), [&](const auto& x) {
    return iequals(x, head.origin) || (with_key && x == "*");
  });
}

expected<void> permit(const context& ctx, const data::request_head& head, const principal& who,
                      access needs) {
  if (!is_allowed_origin(ctx, head, who.key_id != 0))
    return forbidden("web pages of other origins may not call this port");
  if (who.key_id == 0 && !data::is_loopback_name(head.host))
    return forbidden("without API keys this port is called as localhost only");
  return permit(who, needs);
}

expected<void> check_media_type(const incoming& request) {
  std::string_view rest = request.content_type;
  auto end = std::min(rest.find(';'), rest.size());
  auto parameter = trimmed(rest.substr(std::min(end + 1, rest.size())));
  auto utf8 = parameter.empty() || iequals(parameter, "charset=utf-8")
              || iequals(parameter, "charset=\"utf-8\"");
  auto type = trimmed(rest.substr(0, end));
  auto patches = request.method == "PATCH";
  if (utf8
      && (iequals(type, "application/json")
          || (patches && iequals(type, "application/merge-patch+json"))))
    return {};
  return failure{ec::unsupported_media_type,
                 patches ? "send application/merge-patch+json or application/json in UTF-8"
                         : "send application/json in UTF-8",
                 "Content-Type"};
}

std::string action_of(std::string_view method, const route& at) {
  return std::string{method} + ' ' + std::string{at.pattern};
}

} // namespace carillon::admin
