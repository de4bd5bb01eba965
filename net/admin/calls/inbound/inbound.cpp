#include "base/json/appender.hpp"
#include "base/json/object_reader.hpp"
#include "messages/inbound/requests.hpp"
#include "messages/inbound/source_json.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/inbound/inbound_calls.hpp"
#include "net/admin/query_reader.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

// Providers of webhooks: who may send to /in/{source} of the data port.

namespace carillon::admin {

namespace {

failure no_source() {
  return {ec::not_found, "there is no such source of webhooks", "source"};
}

void put_time_or_null(json_appender& out, const char* name, const std::optional<timestamp>& x) {
  if (x)
    out.member(name, *x);
  else
    out.raw(name, "null");
}

/// @param secret the secret itself, shown only when the node has made it
std::string source_json(const inbound_record& x, std::string_view secret = {}) {
  std::string out;
  json_appender json{out};
  json.begin_object()
    .member("name", x.source.name)
    .member("path", event_source_of(x.source))
    .member_or_null("companyId", x.source.company_id);
  put_inbound_source(json, x.source);
  json.member_unless_empty("secret", secret).member("secretSetAt", x.sealed_at);
  put_time_or_null(json, "oldSecretExpiresAt", x.old_expires_at);
  json.member("createdAt", x.created_at).member("updatedAt", x.updated_at).end_object();
  return out;
}

/// Sources that the caller may see.
expected<inbound_records> sources_of(const call& c, const std::optional<std::string>& company) {
  if (c.ctx.backend.state_reader.inbound == nullptr)
    return failure{ec::store_unavailable, "sources of webhooks are not kept here", {}};
  auto all = ask<inbound_records_ptr>(c, c.ctx.backend.state_reader.inbound, list_inbound{});
  if (!all)
    return all.error();
  auto out = **all;
  if (company)
    std::erase_if(out, [&](const auto& x) { return x.source.company_id != *company; });
  return out;
}

template <class R, class Request>
expected<R> ask_inbound(const call& c, Request request) {
  if (c.ctx.backend.inbound == nullptr)
    return failure{ec::store_unavailable, "this node takes no webhooks", {}};
  return ask<R>(c, c.ctx.backend.inbound, std::move(request));
}

/// Empty if it is left out; a text that is empty is a fault.
std::string secret_in(object_reader& in) {
  auto out = in.text("secret");
  if (out && out->empty())
    in.fail("secret", "the value is an empty text; leave it out instead");
  return out.value_or("");
}

/// Company of a source that the caller sets up.
expected<std::string> company_in(const call& c, object_reader& in) {
  const auto* given = in.find("companyId");
  const auto named = given == nullptr || given->IsNull() ? std::nullopt : in.text("companyId");
  if (named && named->empty())
    in.fail("companyId", "the value is an empty text; leave it out instead");
  if (!c.who.is_bound())
    return named.value_or("");
  if (named && *named != c.who.company_id)
    return failure{ec::forbidden, "the key is bound to another company", "companyId"};
  return c.who.company_id;
}

} // namespace

expected<answer> show_inbound_sources(call& c) {
  query_reader q{c};
  const auto company = q.company();
  if (q.fault())
    return *q.fault();
  const auto all = sources_of(c, company);
  if (!all)
    return all.error();
  std::string body = R"({"sources":[)";
  for (const auto& x : *all) {
    if (body.back() != '[')
      body += ',';
    body += source_json(x);
  }
  return answer{.body = body + R"(],"nextCursor":null})"};
}

expected<answer> show_inbound_source(call& c) {
  const auto all = sources_of(c, c.bound_company());
  if (!all)
    return all.error();
  const auto found = std::find_if(
    all->begin(), all->end(), [&](const auto& x) { return x.source.name == c.arguments.front(); });
  if (found == all->end())
    return no_source();
  return answer{.body = source_json(*found)};
}

expected<answer> put_inbound_source_call(call& c) {
  const auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  auto company = company_in(c, in);
  if (!company)
    return company.error();
  put_inbound request{.source = read_inbound_source(in), .secret = {}, .by = c.stamp()};
  request.source.name = c.arguments.front();
  request.source.company_id = std::move(*company);
  request.secret = secret_in(in);
  if (const auto same = in.text("name"); same && *same != request.source.name)
    in.fail("name", "the body has another name than the path");
  // Allows a client to send back an answer of GET.
  for (const auto* ignored :
       {"path", "secretSetAt", "oldSecretExpiresAt", "createdAt", "updatedAt"})
    in.find(ignored);
  if (auto fault = in.finish())
    return *fault;
  if (auto valid = check_source(request.source); !valid)
    return valid.error();
  const auto made = ask_inbound<changed_inbound>(c, std::move(request));
  if (!made)
    return made.error();
  answer out{.status = made->created ? 201 : 200,
             .body = source_json(made->record, made->made_secret)};
  if (made->created)
    out.fields = {{"Location", "/api/inbound/" + made->record.source.name}};
  return out;
}

expected<answer> rotate_inbound_source(call& c) {
  rotate_inbound_secret request;
  request.name = c.arguments.front();
  request.company_id = c.bound_company();
  request.by = c.stamp();
  if (!c.request.body.empty()) {
    const auto body = parse_object(c.request.body);
    if (!body)
      return body.error();
    object_reader in{*body};
    request.secret = secret_in(in);
    constexpr auto most = static_cast<uint32_t>(inbound_limits::most_grace.count());
    request.grace = std::chrono::seconds{
      in.number("graceSeconds", static_cast<uint32_t>(request.grace.count()), most)};
    if (auto fault = in.finish())
      return *fault;
  }
  const auto made = ask_inbound<changed_inbound>(c, std::move(request));
  if (!made)
    return made.error();
  return answer{.body = source_json(made->record, made->made_secret)};
}

expected<answer> delete_inbound_source(call& c) {
  const auto done
    = ask_inbound<atom::done>(c, delete_inbound{c.arguments.front(), c.bound_company(), c.stamp()});
  if (!done)
    return done.error();
  return answer{.status = 204};
}

} // namespace carillon::admin
