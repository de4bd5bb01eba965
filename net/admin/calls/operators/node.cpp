#include "base/json/writer.hpp"
#include "net/admin/calls/operators/operator_calls.hpp"

namespace carillon::admin {

expected<answer> show_caller(call& c) {
  json_writer out;
  if (const auto& pass = c.request.pass) {
    // The name of the key is the application's own affair.
    out.begin_object()
      .member_or_null("name", pass->person)
      .member("role", "portal")
      .member("companyId", std::string_view{pass->company_id});
    put_pass_members(out, *pass);
    out.end_object();
    return answer{.body = out.take()};
  }
  out.begin_object()
    .member_or_null("name", c.who.key_name)
    .member("role", name_of(c.who.role))
    .member_or_null("companyId", c.who.company_id)
    .member_or_null("subject", c.who.subject)
    .end_object();
  return answer{.body = out.take()};
}

expected<answer> show_node(call& c) {
  const auto& backend = c.ctx.backend;
  json_writer out;
  out.begin_object()
    .member("version", CARILLON_VERSION)
    .member("startedAt", c.ctx.started_at)
    .member("history", std::string_view{backend.history})
    .member_or_null("dataAddress", backend.data_address ? backend.data_address() : std::string{})
    .begin_array("settings");
  for (const auto& x : c.ctx.options.settings)
    out.begin_object()
      .member("name", std::string_view{x.name})
      .member("group", std::string_view{x.group})
      .member("value", std::string_view{x.value})
      .member("default", std::string_view{x.standard})
      .member("meaning", std::string_view{x.meaning})
      .end_object();
  out.end_array().end_object();
  return answer{.body = out.take()};
}

expected<answer> show_nodes(call& c) {
  const auto& backend = c.ctx.backend;
  json_writer out;
  out.begin_object().begin_array("nodes");
  for (const auto& x : backend.nodes ? backend.nodes() : std::vector<node_record>{})
    out.begin_object()
      .member("name", std::string_view{x.who.name})
      .member("incarnation", std::string_view{x.who.incarnation})
      .member("self", x.self)
      .member("state", name_of(x.state))
      .member("version", std::string_view{x.who.version})
      .member_or_null("dataAddress", x.at.data)
      .member_or_null("adminAddress", x.at.admin)
      .member("startedAt", x.started_at)
      .member("beat", x.beat)
      .member("silentMs", static_cast<uint64_t>(x.silent.count()))
      .end_object();
  out.end_array().end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin
