#include "net/admin/portal/portal_front.hpp"

#include "net/admin/admit.hpp"
#include "net/admin/portal/portal_calls.hpp"
#include "net/admin/preconditions.hpp"
#include "net/admin/server/threaded_call.hpp"
#include "net/http/cors.hpp"
#include "net/http/target.hpp"

#include <boost/beast/core/string.hpp>

#include <functional>
#include <string>
#include <utility>

namespace carillon::admin {

namespace {

using boost::beast::http::verb;

constexpr std::string_view below = "/portal";
/// Settings of a webhook with twenty headers.
constexpr uint64_t portal_body_bytes = 64UL * 1024;
/// Threads for the tokens of all companies, of which one company holds at most half.
constexpr size_t portal_threads = 4;
/// Tests at a time; one of a company.
constexpr size_t portal_tests = 4;
/// Requests that may wait for a thread; half of them of one company.
constexpr size_t portal_waiting = 64;

data::refusal portal_refusal(ec code, std::string detail, std::string field = {}) {
  return {.why = {code, std::move(detail), std::move(field)}};
}

data::refusal refused_method(const std::string& allow) {
  auto out = portal_refusal(ec::method_not_allowed, "this path takes " + allow);
  out.allow = allow;
  return out;
}

std::string_view text_of_verb(verb x) noexcept {
  auto out = boost::beast::http::to_string(x);
  return {out.data(), out.size()};
}

/// The handlers restrict a bound key to its company, so a token is to them as an admin's key.
principal principal_of(const portal_pass& x, const key_ring& keys) {
  auto maker = keys.find(x.key_id);
  return {.key_id = x.key_id,
          .role = role::admin,
          .company_id = x.company_id,
          .key_name = maker ? maker->key_name : std::string{},
          .consumers = {}};
}

} // namespace

portal_front::portal_front(context& ctx)
  : ctx_(ctx), page_(ctx.options.portal.origins),
    workers_(std::make_unique<worker_pool>(
      worker_pool::limits{portal_threads, portal_threads / 2, portal_waiting})),
    testers_(
      std::make_unique<worker_pool>(worker_pool::limits{portal_tests, 1, portal_waiting / 2})) {
}

void portal_front::stop() {
  workers_->stop();
  testers_->stop();
}

data::admission portal_front::judge(const data::request_head& head) const {
  data::admission out;
  out.body_limit = out.single_limit = portal_body_bytes;
  auto parts = data::parts_of(head.target);
  auto rest = parts->path.substr(below.size());
  if (rest.starts_with("/api/")) {
    auto target = std::string{rest};
    if (!parts->query.empty())
      target.append("?").append(parts->query);
    judge_call(head, target, out);
  } else if (rest.starts_with('/') && parts->query.empty()) {
    judge_file(head, rest.substr(1), out);
  } else if (rest == "/") {
    // An application may add what it likes, e.g. to choose a language.
    judge_file(head, {}, out);
  } else {
    out.refused = portal_refusal(ec::not_found, "the portal is at /portal/");
  }
  return out;
}

void portal_front::judge_file(const data::request_head& head, std::string_view name,
                              data::admission& out) const {
  const std::string methods = "GET, HEAD, OPTIONS";
  auto found = page_.file(name);
  if (!found) {
    out.refused = portal_refusal(ec::not_found, "the portal has no such file");
    return;
  }
  if (head.method == verb::options) {
    out.to = data::route::ready;
    out.answer = data::options_answer(head, methods, false);
    return;
  }
  if (head.method != verb::get && head.method != verb::head) {
    out.refused = refused_method(methods);
    return;
  }
  out.to = data::route::ready;
  out.answer = on_the_wire(as_asked(incoming_of(head, "GET"), std::move(*found)));
}

std::optional<data::refusal> portal_front::check(const data::request_head& head,
                                                 const destination& to,
                                                 const portal_pass& pass) const {
  // A page elsewhere cannot know a token; one that got it is not the portal.
  if (!data::is_same_origin(head.origin, head.host, false))
    return portal_refusal(ec::forbidden, "only the portal's own page may call this", "Origin");
  const auto* call = to.at == nullptr ? nullptr : portal_call_of(*to.at);
  if (call == nullptr)
    return portal_refusal(ec::not_found, "the portal has no such call, see docs/portal.md");
  if (call->needs && !pass.may.has(*call->needs))
    return portal_refusal(ec::forbidden, "the portal token may not do this: its `may` lacks "
                                           + std::string{name_of(*call->needs)});
  // Whom it acts for the token says, and not the browser.
  if (!head.actor.empty())
    return portal_refusal(ec::invalid_argument, "the token names the person", "Carillon-Actor");
  if (!head.content_encoding.empty() && !boost::beast::iequals(head.content_encoding, "identity"))
    return portal_refusal(ec::unsupported_media_type, "send the body uncompressed",
                          "Content-Encoding");
  return std::nullopt;
}

void portal_front::judge_call(const data::request_head& head, const std::string& target,
                              data::admission& out) const {
  auto method = text_of_verb(head.method);
  auto to = find(method, target);
  // By its pattern, so that paths with many numbers are one action.
  auto action = std::string{method} + ' ' + std::string{below}
                + (to && to->at != nullptr ? std::string{to->at->pattern} : "/api");
  auto pass = ctx_.backend.portal->verify(head.authorization);
  if (!pass) {
    out.refused = data::refusal{.why = pass.error()};
    out.denied = data::denial{.who = {}, .action = std::move(action)};
    return;
  }
  out.who.company_id = pass->company_id;
  out.refused = to ? check(head, *to, *pass) : data::refusal{.why = to.error()};
  if (out.refused) {
    if (out.refused->why.code == ec::forbidden)
      out.denied = data::denial{.who = name_of(*pass), .action = std::move(action)};
    return;
  }
  auto request = incoming_of(head, method);
  request.actor = pass->person;
  auto who = principal_of(*pass, *ctx_.backend.keys);
  auto lane = static_cast<uint64_t>(std::hash<std::string>{}(pass->company_id));
  request.pass = std::make_shared<const portal_pass>(std::move(*pass));
  const auto& call = *portal_call_of(*to->at);
  auto& pool = call.needs == portal_right::test ? *testers_ : *workers_;
  out.to = data::route::call;
  out.call = std::make_shared<threaded_call>(shared_from_this(), ctx_, pool, lane,
                                             std::move(request), std::move(*to), std::move(who));
}

} // namespace carillon::admin
