#include "net/admin/admit.hpp"

#include "base/text/ascii.hpp"
#include "net/admin/page_session.hpp"
#include "net/http/target.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace carillon::admin {

namespace {

using boost::beast::iequals;

failure forbidden(std::string detail) {
  return {ec::forbidden, std::move(detail), {}};
}

bool reads(const data::request_head& head) noexcept {
  using boost::beast::http::verb;
  return head.method == verb::get || head.method == verb::head;
}

expected<void> check_rights(const principal& who, permission needs) {
  auto node_wide = needs == permission::read_node || needs == permission::administer_node;
  auto changes = needs == permission::administer || needs == permission::administer_node;
  if (!who.may_read())
    return forbidden("a publisher's API key may only publish");
  if (changes && !who.may_administer())
    return forbidden("this needs an API key with the role admin");
  if (node_wide && who.is_bound())
    return forbidden("this concerns all companies, the API key is bound to one");
  return {};
}

expected<void> permit(const context& ctx, const data::request_head& head, const principal& who,
                      permission needs) {
  // A browser shows the certificate of its user to every page.
  auto sends_key = who.key_id != 0 && !head.authorization.empty();
  if (!is_allowed_origin(ctx, head, sends_key))
    return forbidden("web pages of other origins may not call this port");
  if (who.key_id == 0 && !data::is_loopback_name(head.host))
    return forbidden("without API keys this port is called as localhost only");
  return check_rights(who, needs);
}

} // namespace

bool is_allowed_origin(const context& ctx, const data::request_head& head, bool with_key) noexcept {
  if (data::is_same_origin(head.origin, head.host, is_secure(ctx)))
    return true;
  return std::any_of(ctx.options.origins.begin(), ctx.options.origins.end(), [&](const auto& x) {
    return iequals(x, head.origin) || (with_key && x == "*");
  });
}

boost::system::result<principal, rejected_caller>
admit(const context& ctx, const data::request_head& head, permission needs) {
  if (needs == permission::open && reads(head))
    return principal{};
  // A page's session is judged with its own rules: pages of `--admin-origins` have none.
  auto of_page = page_caller(ctx, head);
  if (of_page && !*of_page)
    return rejected_caller{of_page->error(), {}};
  if (needs == permission::open)
    return principal{};
  if (of_page) {
    if (auto permitted = check_rights(**of_page, needs); !permitted)
      return rejected_caller{permitted.error(), name_of(**of_page)};
    return std::move(**of_page);
  }
  auto known = ctx.backend.keys->authenticate_operator(head.authorization, head.certificate);
  if (!known)
    return rejected_caller{known.error(), {}};
  if (auto permitted = permit(ctx, head, *known, needs); !permitted)
    return rejected_caller{permitted.error(), name_of(*known)};
  return std::move(*known);
}

} // namespace carillon::admin
