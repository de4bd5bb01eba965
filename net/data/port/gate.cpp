#include "net/data/port/gate.hpp"

#include "base/text/ascii.hpp"
#include "base/text/media_type.hpp"
#include "base/text/number.hpp"
#include "net/data/port/port_call.hpp"
#include "net/data/schedules/delay_call.hpp"
#include "net/data/sessions/query.hpp"
#include "net/http/cors.hpp"
#include "net/http/target.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace carillon::data {

namespace {

using boost::beast::iequals;
using boost::beast::http::verb;

/// `publishat`, `publish_at` and the like, too: such a parameter is meant to be it.
bool is_nearly_publish_at(std::string_view name) {
  auto letters = ascii_lower(name);
  std::erase_if(letters, [](char c) { return c == '_' || c == '-'; });
  return letters == "publishat";
}

/// Takes the text up to the first `;` off the front of `x`.
std::string_view next_part(std::string_view& x) noexcept {
  auto end = std::min(x.find(';'), x.size());
  auto part = trimmed(x.substr(0, end));
  x.remove_prefix(std::min(end + 1, x.size()));
  return part;
}

/// True unless the parameters name a charset other than UTF-8.
bool is_utf8(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    auto part = next_part(parameters);
    auto equals = std::min(part.find('='), part.size());
    if (!iequals(trimmed(part.substr(0, equals)), "charset"))
      continue;
    auto value = trimmed(part.substr(std::min(equals + 1, part.size())));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (!iequals(value, "utf-8"))
      return false;
  }
  return true;
}

refusal refuse(ec code, std::string detail, std::string field = {}) {
  return {.why = {code, std::move(detail), std::move(field)}};
}

refusal wrong_method(std::string_view allow, const std::string& hint = {}) {
  auto out = refuse(ec::method_not_allowed, "this path takes " + std::string{allow} + hint);
  out.allow = allow;
  return out;
}

constexpr std::string_view publish_methods = "POST, OPTIONS";
constexpr std::string_view delayed_methods = "GET, DELETE, OPTIONS";
constexpr std::string_view session_methods = "GET, OPTIONS";
constexpr std::string_view health_methods = "GET, HEAD, OPTIONS";

/// The failure of a rejected request if access is the cause.
const failure* access_fault(const admission& x) noexcept {
  const failure* why = x.refused                         ? &x.refused->why
                       : x.session && x.session->refused ? &*x.session->refused
                                                         : nullptr;
  auto of_access
    = why != nullptr && (why->code == ec::unauthenticated || why->code == ec::forbidden);
  return of_access ? why : nullptr;
}

} // namespace

std::string_view path_of(std::string_view target) {
  auto parts = parts_of(target);
  return parts ? parts->path : std::string_view{};
}

expected<body_form> form_of(const request_head& head) {
  auto rest = head.content_type;
  auto type = next_part(rest);
  const auto has_attributes = std::any_of(head.cloud.begin(), head.cloud.end(),
                                          [](const auto& x) { return x.first == "specversion"; });
  // An event without data needs no content type.
  if (has_attributes && type.empty() && !head.has_body())
    return body_form::binary;
  if (is_utf8(rest)) {
    if (iequals(type, "application/cloudevents+json"))
      return body_form::structured;
    if (iequals(type, "application/cloudevents-batch+json"))
      return body_form::structured_batch;
    if (has_attributes && is_json_media_type(type))
      return body_form::binary;
    if (iequals(type, "application/json"))
      return body_form::json;
  }
  return failure{ec::unsupported_media_type,
                 "send application/json, application/cloudevents+json or "
                 "application/cloudevents-batch+json in UTF-8; with ce- headers any JSON",
                 "Content-Type"};
}

std::string gate::on_admin_port() const {
  auto address = admin_address_ ? admin_address_() : std::string{};
  return "on the admin port" + (address.empty() ? std::string{} : ", " + address);
}

/// Allows clients that send no `Origin`, and pages of the port's own name and of listed origins.
bool gate::is_allowed(const request_head& head) const noexcept {
  return is_same_origin(head.origin, head.host, false)
         || is_listed(options_.sessions.origins, head.origin);
}

/// The same for what a certificate alone may do: a browser shows that of its user to every page, so
/// that `*`, which is for pages that send a key or a token of their own, does not count.
bool gate::may_act(const request_head& head) const noexcept {
  if (!head.authorization.empty() || head.certificate.empty())
    return is_allowed(head);
  return is_same_origin(head.origin, head.host, true)
         || is_named(options_.sessions.origins, head.origin);
}

admission gate::judge(const request_head& head) const {
  auto out = judge_route(head);
  // The portal is for its own page, whatever pages may open sessions.
  if (!head.origin.empty() && is_listed(options_.sessions.origins, head.origin)
      && port_call_of(path_of(head.target)) != port_call::portal)
    out.cors = cors_fields(head.origin);
  if (access_fault(out) != nullptr && !out.denied)
    out.denied.emplace();
  if (out.denied && out.denied->action.empty())
    out.denied->action = std::string{boost::beast::http::to_string(head.method)} + ' '
                         + std::string{path_of(head.target)};
  if (!out.refused && head.content_length && *head.content_length > out.body_limit) {
    out.refused = refuse(ec::too_large, "the body exceeds " + std::to_string(out.body_limit)
                                          + " bytes; send less at a time");
    out.refused->close = true;
  }
  return out;
}

admission gate::judge_route(const request_head& head) const {
  auto path = path_of(head.target);
  const auto call = port_call_of(path);
  if (call == port_call::health)
    return judge_health(head);
  if (portal_ && call == port_call::portal)
    return judge_portal(head);
  const auto publishes = call == port_call::publish;
  auto own = notification_route_of(path);
  auto work = worker_route_of(path);
  auto inbound = inbound_name_of(path);
  const auto delayed = call == port_call::delayed_event;
  if (call == port_call::none || call == port_call::portal) {
    admission out;
    if (head.target == "*")
      return take_options(head, "GET, HEAD, POST, OPTIONS");
    out.refused
      = refuse(ec::not_found, "this port has /api/events, /api/events/stream, /api/notifications, "
                              "/api/consumers/{name}, /api/jobs, /api/delayed-events/{id}, "
                              "/consume/{name}, /in/{source}, /portal/, /ws and /healthz; what "
                              "operators ask for is "
                                + on_admin_port());
    return out;
  }
  if (head.method == verb::options)
    return take_options(head, own         ? own->methods
                              : work      ? work->methods
                              : publishes ? publish_methods
                              : inbound   ? inbound_entrance::methods
                              : delayed   ? delayed_methods
                                          : session_methods);
  if (keys_.admits_everyone() && !is_loopback_name(head.host)) {
    admission out;
    out.refused
      = refuse(ec::forbidden, "without API keys this port is called as localhost only", "Host");
    return out;
  }
  if (publishes)
    return judge_publish(head);
  if (delayed)
    return judge_delayed_event(head, path.substr(delayed_event_prefix.size()));
  if (work)
    return workers_.judge(*work, head, may_act(head));
  if (inbound)
    return inbound_.judge(*inbound, head, is_allowed(head));
  if (own)
    return notifications_.judge(*own, head, is_allowed(head));
  return call == port_call::session_socket ? sessions_.judge_socket(head)
                                           : sessions_.judge_stream(head);
}

admission gate::judge_portal(const request_head& head) const {
  if (!keys_.admits_everyone() || is_loopback_name(head.host))
    return portal_->judge(head);
  admission out;
  out.refused
    = refuse(ec::forbidden, "without API keys this port is called as localhost only", "Host");
  return out;
}

admission gate::judge_health(const request_head& head) const {
  if (head.method == verb::options)
    return take_options(head, health_methods);
  admission out{.to = route::ready};
  out.body_limit = out.single_limit = options_.body_bytes;
  if (head.method != verb::get && head.method != verb::head)
    out.refused = wrong_method(health_methods);
  else
    out.answer = whole_answer{.body = R"({"status":"ok"})"};
  return out;
}

admission gate::take_options(const request_head& head, std::string_view methods) const {
  admission out{.to = route::ready};
  out.body_limit = out.single_limit = options_.body_bytes;
  if (head.method != verb::options)
    out.refused = wrong_method(methods);
  else if (is_preflight(head) && !is_allowed(head))
    out.refused
      = refuse(ec::forbidden, "pages of this origin are not on --sessions-origins", "Origin");
  else
    out.answer = options_answer(head, methods, is_allowed(head));
  return out;
}

/// Who may publish, and cancel what waits.
bool gate::admit_publisher(const request_head& head, admission& out) const {
  auto who = keys_.authenticate(head.authorization, head.certificate);
  if (!who) {
    out.refused = refusal{.why = std::move(who).error()};
    return false;
  }
  out.who = std::move(*who);
  // A foreign page cannot know a key, but can reach a port that requires none, and its browser
  // shows the certificate of its user.
  if ((out.who.key_id == 0 || head.authorization.empty()) && !may_act(head)) {
    out.refused = refuse(
      ec::forbidden, "without an API key, web pages of other origins may not publish", "Origin");
    return false;
  }
  if (!out.who.may_publish()) {
    out.refused = refuse(ec::forbidden, "this API key may not publish");
    out.denied = denial{.who = actor_name(out.who), .action = {}};
    return false;
  }
  return true;
}

admission gate::judge_publish(const request_head& head) const {
  admission out{.to = route::publish};
  if (head.method != verb::post) {
    out.refused = wrong_method(publish_methods, "; events are read " + on_admin_port());
    return out;
  }
  if (!admit_publisher(head, out))
    return out;
  if (!head.content_encoding.empty() && !iequals(head.content_encoding, "identity")) {
    out.refused
      = refuse(ec::unsupported_media_type, "send the body uncompressed", "Content-Encoding");
    return out;
  }
  auto form = form_of(head);
  if (!form) {
    out.refused = refusal{.why = std::move(form).error()};
    return out;
  }
  out.form = *form;
  if (out.form == body_form::binary)
    out.content_type = head.content_type;
  out.single_limit = options_.body_bytes;
  // The first byte of plain JSON shows whether it is one event or an array.
  auto may_be_batch = out.form == body_form::json || out.form == body_form::structured_batch;
  out.body_limit = may_be_batch ? options_.batch_bytes : options_.body_bytes;
  judge_delay(head, out);
  return out;
}

void gate::judge_delay(const request_head& head, admission& out) const {
  if (head.target.find('?') == std::string_view::npos)
    return;
  const auto parameters = sessions::parameters_of(head.target);
  if (!parameters) {
    // A time that was garbled must not mean at once.
    out.refused = refuse(ec::invalid_argument, "the query cannot be understood");
    return;
  }
  const std::string* given = nullptr;
  for (const auto& [name, value] : *parameters) {
    if (!is_nearly_publish_at(name))
      continue;
    // A misspelled or repeated parameter must not mean "at once", either.
    if (name != "publishAt" || given != nullptr) {
      out.refused = refuse(ec::invalid_argument, "give the parameter once, and spell it publishAt",
                           "publishAt");
      return;
    }
    given = &value;
  }
  if (given == nullptr)
    return;
  const auto at = from_rfc3339(*given);
  if (!at) {
    out.refused = refuse(ec::invalid_argument,
                         "the time is of RFC 3339, such as 2026-12-24T08:00:00Z", "publishAt");
    return;
  }
  out.to = route::call;
  out.body_limit = out.single_limit;
  out.call = std::make_shared<delay_call>(delays_, out, head.cloud, *at);
}

admission gate::judge_delayed_event(const request_head& head, std::string_view id) const {
  admission out{.to = route::call};
  out.body_limit = out.single_limit = options_.body_bytes;
  if (head.method != verb::get && head.method != verb::delete_) {
    out.refused = wrong_method(delayed_methods);
    return out;
  }
  if (!admit_publisher(head, out))
    return out;
  const auto number = number_from(id);
  if (!number) {
    out.refused
      = refuse(ec::not_found, "no such event waits: it was published, or cancelled", "id");
    return out;
  }
  out.call
    = std::make_shared<delayed_event_call>(delays_, out.who, *number, head.method == verb::delete_);
  return out;
}

} // namespace carillon::data
