#include "net/admin/call.hpp"

#include "base/problem.hpp"

namespace carillon::admin {

answer problem(const failure& x, int status) {
  answer out;
  out.status = status != 0 ? status : http_status_of(x.code);
  out.body = problem_json(x, out.status);
  out.media_type = problem_media_type;
  if (out.status == 401)
    out.fields.emplace_back("WWW-Authenticate", "Bearer");
  if (auto pause = retry_after_seconds(x.code); pause > 0)
    out.fields.emplace_back("Retry-After", std::to_string(pause));
  return out;
}

incoming incoming_of(const data::request_head& head, std::string_view method) {
  incoming out;
  out.method = method;
  out.accept = head.accept;
  out.content_type = head.content_type;
  out.if_match = head.if_match;
  out.if_none_match = head.if_none_match;
  out.actor = head.actor;
  out.traceparent = head.traceparent;
  out.host = head.host;
  out.cookie = head.cookie;
  out.has_length = head.chunked || head.content_length;
  return out;
}

std::string name_of(const principal& who) {
  return actor_name(who);
}

std::string name_of(const portal_pass& x) {
  return "portal:" + x.id;
}

operator_stamp call::stamp() const {
  return {.who = caller_name(),
          .from = request.remote_addr,
          .key_name = who.key_name,
          .person = request.actor.empty() ? who.subject : request.actor};
}

std::string call::caller_name() const {
  return request.pass ? name_of(*request.pass) : name_of(who);
}

std::optional<std::string> call::bound_company() const {
  if (who.is_bound())
    return who.company_id;
  return std::nullopt;
}

} // namespace carillon::admin
