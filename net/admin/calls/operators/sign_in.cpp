#include "base/json/writer.hpp"
#include "base/problem.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/operators/operator_calls.hpp"
#include "net/admin/operations.hpp"
#include "net/admin/page_session.hpp"
#include "net/http/target.hpp"
#include "net/sso/single_sign_on.hpp"

// Pages that sign in at an OpenID provider, see docs/sso.md.

namespace carillon::admin {

namespace {

constexpr int see_other = 303;
constexpr std::string_view callback_path = "/sso/callback";
constexpr std::string_view login_path = "/sso/login";

std::string text_in(const call& c, std::string_view name) {
  const auto found = c.query.find(name);
  return found == c.query.end() ? std::string{} : found->second;
}

failure no_sign_on() {
  return {ec::not_found, "nobody can sign in here but with an API key: see --oidc-issuer", {}};
}

/// Where browsers find this port. Only a name of loopback is taken from the request: of any other,
/// who sent it could choose where the provider sends the code to.
expected<std::string> own_address(const call& c) {
  const auto& url = c.ctx.backend.sign_on->options().page_url;
  if (!url.empty())
    return url;
  if (c.request.host.empty() || !data::is_loopback_name(c.request.host))
    return failure{ec::forbidden,
                   "give --oidc-page-url to sign in under another name than localhost", "Host"};
  return (is_secure(c.ctx) ? "https://" : "http://") + c.request.host;
}

answer to_location(std::string where) {
  return {.status = see_other,
          .body = {},
          .media_type = "text/plain",
          .fields = {{"Location", std::move(where)}, {"Referrer-Policy", "no-referrer"}}};
}

void set_cookie(answer& x, std::string value) {
  x.fields.emplace_back("Set-Cookie", std::move(value));
}

std::string escaped_text(std::string_view text) {
  std::string out;
  for (const auto c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

/// A page that says why somebody is not signed in. It holds texts of our own only.
answer sign_in_page(const call& c, const failure& why) {
  answer out{
    .status = http_status_of(why.code), .body = {}, .media_type = "text/html; charset=utf-8"};
  out.body = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
             "name=\"viewport\" content=\"width=device-width\"><title>Not signed in · "
             "Carillon</title></head>\n<body><main><h1>Not signed in</h1><p>"
             + escaped_text(why.detail)
             + ".</p><p><a href=\"/sso/login\">Try again</a> or <a href=\"/\">use an API "
               "key</a></p></main></body></html>\n";
  out.fields = {{"Content-Security-Policy",
                 "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
                {"X-Frame-Options", "DENY"},
                {"Referrer-Policy", "no-referrer"}};
  if (out.status == 401)
    out.fields.emplace_back("WWW-Authenticate", "Bearer");
  if (auto pause = retry_after_seconds(why.code); pause > 0)
    out.fields.emplace_back("Retry-After", std::to_string(pause));
  set_cookie(out, made_cookie(c.ctx, flow_cookie, {}, "Lax", 0));
  return out;
}

answer refuse_sign_in_of(const call& c, const failure& why) {
  const auto& hook = c.ctx.backend.on_refused;
  if (hook && (why.code == ec::unauthenticated || why.code == ec::forbidden))
    hook({.why = why,
          .who = {},
          .action = action_of(c.request.method, c.at),
          .ip = c.request.remote_addr});
  return sign_in_page(c, why);
}

/// A row of the audit log about a session.
expected<void> note_session(const call& c, const principal& who, std::string action) {
  json_writer detail;
  detail.begin_object()
    .member("role", name_of(who.role))
    .member_or_null("companyId", who.company_id)
    .end_object();
  const operator_stamp by{.who = name_of(who),
                          .from = c.request.remote_addr,
                          .key_name = who.key_name,
                          .person = who.subject};
  audit_entry entry;
  entry.time = wall_clock_now();
  entry.action = std::move(action);
  entry.actor = by.who;
  entry.origin = origin_of(by);
  entry.company_id = who.company_id;
  entry.subject = "sso:session";
  entry.detail = detail.take();
  entry.person = by.person;
  auto stored = ask<atom::done>(c, c.ctx.backend.state_writer.audit, append_audit{entry});
  if (!stored)
    return stored.error();
  return {};
}

} // namespace

expected<answer> show_sign_in(call& c) {
  const auto& to = c.ctx.backend.sign_on;
  json_writer out;
  out.begin_object().member("enabled", to != nullptr);
  if (to)
    out.member("issuer", std::string_view{to->options().issuer}).member("loginUrl", login_path);
  else
    out.null("issuer").null("loginUrl");
  out.end_object();
  return answer{.body = out.take()};
}

expected<answer> begin_sign_in(call& c) {
  if (!c.ctx.backend.sign_on)
    return no_sign_on();
  const auto here = own_address(c);
  if (!here)
    return here.error();
  // The cookie has to be of the host that the provider sends the browser back to.
  if (!data::is_same_origin(*here, c.request.host, false))
    return to_location(*here + std::string{login_path});
  auto begun = c.ctx.backend.sign_on->begin(*here + std::string{callback_path}, c.deadline);
  if (!begun)
    return sign_in_page(c, begun.error());
  auto out = to_location(std::move(begun->location));
  set_cookie(out, made_cookie(c.ctx, flow_cookie, begun->cookie, "Lax",
                              std::chrono::seconds{sso::flow_time}.count()));
  return out;
}

expected<answer> finish_sign_in(call& c) {
  if (!c.ctx.backend.sign_on)
    return no_sign_on();
  const auto here = own_address(c);
  if (!here)
    return here.error();
  auto done = c.ctx.backend.sign_on->finish(
    {.code = text_in(c, "code"),
     .state = text_in(c, "state"),
     .issuer = text_in(c, "iss"),
     .cookie = std::string{own_cookie(c.ctx, c.request.cookie, flow_cookie)},
     .redirect = *here + std::string{callback_path}},
    c.deadline);
  if (!done)
    return refuse_sign_in_of(c, done.error());
  if (auto noted = note_session(c, done->who, "sso.signed_in"); !noted) {
    c.ctx.backend.sign_on->sign_out(done->session);
    return sign_in_page(c, noted.error());
  }
  auto out = to_location("/");
  const auto lifetime
    = std::chrono::duration_cast<std::chrono::seconds>(c.ctx.backend.sign_on->options().session);
  set_cookie(out, made_cookie(c.ctx, session_cookie, done->session, "Strict", lifetime.count()));
  set_cookie(out, made_cookie(c.ctx, flow_cookie, {}, "Lax", 0));
  return out;
}

expected<answer> sign_out(call& c) {
  const auto& to = c.ctx.backend.sign_on;
  if (!to)
    return no_sign_on();
  const auto who = to->sign_out(own_cookie(c.ctx, c.request.cookie, session_cookie));
  if (!who)
    return failure{ec::unauthenticated, "nobody is signed in with this request", {}};
  const auto noted = note_session(c, *who, "sso.signed_out");
  json_writer body;
  body.begin_object().member_or_null("providerUrl", to->sign_out_address()).end_object();
  answer out{.body = body.take()};
  set_cookie(out, made_cookie(c.ctx, session_cookie, {}, "Strict", 0));
  // The session has ended in any case; only its row may be missing.
  static_cast<void>(noted);
  return out;
}

} // namespace carillon::admin
