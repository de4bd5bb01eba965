#include "base/json/object_reader.hpp"
#include "base/json/writer.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/operators/operator_calls.hpp"

namespace carillon::admin {

namespace {

constexpr uint32_t usual_lifetime = 900;
constexpr auto longest_lifetime = static_cast<uint32_t>(portal_tokens::longest.count());

struct token_order {
  portal_pass pass;
  std::chrono::seconds lifetime{usual_lifetime};
};

portal_rights read_rights(object_reader& in) {
  portal_rights out;
  const auto* x = in.find("may");
  if (x == nullptr || !x->IsArray()) {
    in.fail("may", x == nullptr ? "the member is missing" : "the value is not an array");
    return out;
  }
  for (const auto& y : x->GetArray()) {
    auto right
      = y.IsString() ? portal_right_from({y.GetString(), y.GetStringLength()}) : std::nullopt;
    if (right)
      out.add(*right);
    else
      in.fail("may", "a right is endpoints, secrets, test, deliveries or resend");
  }
  return out;
}

expected<token_order> read_order(const call& c) {
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  token_order out;
  out.pass.company_id = in.required_text("companyId");
  if (!is_identifier(out.pass.company_id))
    in.fail("companyId", "the company is 1 to 128 bytes without control characters");
  out.pass.may = read_rights(in);
  auto seconds = in.number("ttlSeconds", usual_lifetime, longest_lifetime);
  if (seconds == 0)
    in.fail("ttlSeconds", "a token holds 1 to 3600 seconds");
  out.lifetime = std::chrono::seconds{seconds};
  if (auto fault = in.finish())
    return *fault;
  if (!c.who.may_see(out.pass.company_id))
    return failure{ec::forbidden, "the key is bound to another company", "companyId"};
  out.pass.key_id = c.who.key_id;
  out.pass.person = c.request.actor;
  return out;
}

void put_rights(json_writer& out, portal_rights may) {
  out.begin_array("may");
  for (const auto& [right, name] : portal_right_names)
    if (may.has(right))
      out.item(name);
  out.end_array();
}

/// The row of the audit log; the token itself is in none.
append_audit row_of(const call& c, const portal_pass& x) {
  json_writer detail;
  detail.begin_object();
  put_rights(detail, x.may);
  detail.member("expiresAt", x.expires_at).end_object();
  const auto by = c.stamp();
  return {.entry = {.time = wall_clock_now(),
                    .action = "portal_token.created",
                    .actor = by.who,
                    .origin = origin_of(by),
                    .company_id = x.company_id,
                    .subject = name_of(x),
                    .detail = detail.take(),
                    .person = by.person}};
}

} // namespace

void put_pass_members(json_writer& out, const portal_pass& x) {
  put_rights(out, x.may);
  out.member("expiresAt", x.expires_at);
}

expected<answer> create_portal_token(call& c) {
  auto order = read_order(c);
  if (!order)
    return order.error();
  const auto& tokens = c.ctx.backend.portal;
  if (tokens == nullptr)
    return failure{ec::conflict,
                   "the portal is off: start the node with --portal-origins, which names the "
                   "applications that show it",
                   {}};
  auto made = tokens->make(std::move(order->pass), order->lifetime);
  if (!made)
    return made.error();
  if (auto noted = ask<atom::done>(c, c.ctx.backend.state_writer.audit, row_of(c, made->pass));
      !noted) {
    tokens->take_back(made->pass);
    return noted.error();
  }
  json_writer out;
  out.begin_object()
    .member("token", std::string_view{made->token})
    .member("id", std::string_view{made->pass.id})
    .member("companyId", std::string_view{made->pass.company_id});
  put_pass_members(out, made->pass);
  out.end_object();
  return answer{.status = 201, .body = out.take()};
}

} // namespace carillon::admin
