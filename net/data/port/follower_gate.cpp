#include "net/data/port/follower_gate.hpp"

#include "net/data/port/gate.hpp"
#include "net/data/port/port_call.hpp"

#include <algorithm>
#include <utility>

namespace carillon::data {

namespace {

using boost::beast::http::verb;

bool concerns_access(const admission& x) noexcept {
  return x.refused
         && (x.refused->why.code == ec::unauthenticated || x.refused->why.code == ec::forbidden);
}

} // namespace

admission follower_gate::answered(whole_answer x) const {
  admission out{.to = route::ready};
  out.body_limit = out.single_limit = body_bytes_;
  out.answer = std::move(x);
  return out;
}

admission follower_gate::judge(const request_head& head) const {
  const auto path = path_of(head.target);
  if (path == "/readyz" && (head.method == verb::get || head.method == verb::head))
    return answered(following_answer(view_.not_ready()));
  auto out = every_->judge(head);
  if (head.method == verb::options || concerns_access(out))
    return out;
  // A call that is handed on, as for `publishAt`, ends in the state.
  if (served_by(port_call_of(path)) == server_of_call::every_node && out.call == nullptr)
    return out;
  auto refused = answered(not_owner_answer(view_.owner()));
  refused.body_limit = refused.single_limit = std::max(body_bytes_, out.body_limit);
  refused.cors = std::move(out.cors);
  return refused;
}

} // namespace carillon::data
