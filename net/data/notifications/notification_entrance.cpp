#include "net/data/notifications/notification_entrance.hpp"

#include "net/data/notifications/notification_call.hpp"
#include "net/data/notifications/notification_query.hpp"

#include <string>
#include <utility>

namespace carillon::data {

namespace {

using boost::beast::http::verb;

/// A body has no members; what is longer is not worth reading.
constexpr uint64_t body_bytes = 4UL * 1024;

/// Names the caller in a request. A caller without a company may have notifications of several.
template <class Request>
Request of_caller(Request x, const viewer& who) {
  x.user_id = who.user_id;
  if (!who.company_id.empty()) {
    x.company_id = who.company_id;
    x.or_none = true;
  }
  return x;
}

bool concerns_access(const failure& why) noexcept {
  return why.code == ec::unauthenticated || why.code == ec::forbidden;
}

} // namespace

std::optional<refusal> notification_entrance::check(const notification_route& at,
                                                    const request_head& head,
                                                    bool known_page) const {
  auto takes = at.is_read_only() ? head.method == verb::get || head.method == verb::head
                                 : head.method == verb::post;
  if (!takes) {
    refusal out{.why = {ec::method_not_allowed, "this path takes " + std::string{at.methods}, {}}};
    out.allow = at.methods;
    return out;
  }
  if (!known_page)
    return refusal{
      .why = {ec::forbidden, "pages of this origin are not on --sessions-origins", "Origin"}};
  if (at.is_read_only() && head.has_body())
    return refusal{.why = {ec::invalid_argument, "this call takes no body", {}}};
  return std::nullopt;
}

expected<viewer> notification_entrance::identify(const request_head& head,
                                                 const sessions::parameters& all) const {
  auto found = sessions_.identify(head, all);
  if (!found)
    return found.error();
  if (!found->who.user_id.empty())
    return std::move(found->who);
  if (options_.dev_identities && head.authorization.empty())
    return failure{ec::invalid_argument, "say who it is, by the parameter user", "user"};
  return failure{ec::forbidden, "the token names no user; notifications belong to users", {}};
}

expected<std::shared_ptr<handed_call>>
notification_entrance::make_call(const notification_route& at, const viewer& who,
                                 const sessions::parameters& all) const {
  using enum notification_route::call;
  auto call = [this](notification_call::request x, uint64_t list = 0) {
    return std::make_shared<notification_call>(from_, std::move(x), list);
  };
  if (!options_.dev_identities)
    for (const auto& [name, value] : all)
      if (name == "user" || name == "company")
        return failure{ec::invalid_argument, "a token tells who it is", name};
  if (at.what == list) {
    auto query = notification_query_of(all, who);
    if (!query)
      return query.error();
    auto request = of_caller(list_notifications{.unread_only = query->unread}, who);
    request.page.limit = query->limit;
    request.page.beyond = query->beyond;
    return call(std::move(request), query->list);
  }
  if (auto valid = check_no_parameters(all); !valid)
    return valid.error();
  if (at.what == read_all)
    return call(of_caller(read_notifications{}, who));
  if (at.id == 0)
    return failure{ec::not_found, "there is no such notification", "id"};
  if (at.what == show)
    return call(of_caller(get_notification{.id = at.id}, who));
  return call(of_caller(read_notifications{.id = at.id}, who));
}

admission notification_entrance::judge(const notification_route& at, const request_head& head,
                                       bool known_page) const {
  admission out{.to = route::call};
  out.body_limit = out.single_limit = body_bytes;
  out.refused = check(at, head, known_page);
  auto all = sessions::parameters_of(head.target);
  if (!out.refused && !all)
    out.refused = refusal{.why = {ec::invalid_argument, "the query cannot be understood", {}}};
  if (!out.refused) {
    auto who = identify(head, *all);
    auto call
      = who ? make_call(at, *who, *all) : expected<std::shared_ptr<handed_call>>{who.error()};
    if (call) {
      out.who.company_id = who->company_id;
      out.call = std::move(*call);
    } else {
      out.refused = refusal{.why = call.error()};
    }
  }
  // By its pattern, so that paths with many numbers are one action.
  if (out.refused && concerns_access(out.refused->why))
    out.denied = denial{.who = {},
                        .action = std::string{boost::beast::http::to_string(head.method)} + ' '
                                  + std::string{at.pattern}};
  return out;
}

} // namespace carillon::data
