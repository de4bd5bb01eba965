#include "net/data/gate.hpp"

#include "messages/media_type.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace carillon::data {

namespace {

using boost::beast::iequals;
using boost::beast::http::verb;

std::string_view trim(std::string_view x) noexcept {
  constexpr std::string_view blank = " \t";
  auto from = x.find_first_not_of(blank);
  if (from == std::string_view::npos)
    return {};
  return x.substr(from, x.find_last_not_of(blank) - from + 1);
}

/// Takes the text up to the first `;` off the front of `x`.
std::string_view next_part(std::string_view& x) noexcept {
  auto end = std::min(x.find(';'), x.size());
  auto part = trim(x.substr(0, end));
  x.remove_prefix(std::min(end + 1, x.size()));
  return part;
}

/// True unless the parameters name a charset other than UTF-8.
bool is_utf8(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    auto part = next_part(parameters);
    auto equals = std::min(part.find('='), part.size());
    if (!iequals(trim(part.substr(0, equals)), "charset"))
      continue;
    auto value = trim(part.substr(std::min(equals + 1, part.size())));
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

refusal wrong_method(std::string_view allow) {
  auto out = refuse(ec::method_not_allowed, "this path takes " + std::string{allow});
  out.allow = allow;
  return out;
}

} // namespace

std::string_view path_of(std::string_view target) noexcept {
  if (!target.starts_with('/')) {
    auto authority = target.find("://");
    if (authority == std::string_view::npos)
      return {};
    auto path = target.find('/', authority + 3);
    if (path == std::string_view::npos)
      return "/";
    target.remove_prefix(path);
  }
  return target.substr(0, std::min(target.find('?'), target.size()));
}

expected<event_form> form_of(const request_head& head) {
  auto rest = head.content_type;
  auto type = next_part(rest);
  const auto has_attributes = std::any_of(head.cloud.begin(), head.cloud.end(),
                                          [](const auto& x) { return x.first == "specversion"; });
  // An event without data has nothing whose type could be named.
  if (has_attributes && type.empty() && !head.has_body())
    return event_form::binary;
  if (is_utf8(rest)) {
    if (iequals(type, "application/cloudevents+json"))
      return event_form::structured;
    if (iequals(type, "application/cloudevents-batch+json"))
      return event_form::structured_batch;
    if (has_attributes && is_json_media_type(type))
      return event_form::binary;
    if (iequals(type, "application/json"))
      return event_form::json;
  }
  return failure{ec::unsupported_media_type,
                 "send application/json, application/cloudevents+json or "
                 "application/cloudevents-batch+json in UTF-8; with ce- headers any JSON",
                 "Content-Type"};
}

expected<void> claim(event& draft, const principal& who) {
  if (!who.is_bound())
    return {};
  if (draft.company_id.empty())
    draft.company_id = who.company_id;
  else if (draft.company_id != who.company_id)
    return failure{ec::forbidden, "this API key publishes for one company only", "companyId"};
  if (draft.audience == audience::all)
    return failure{ec::forbidden, "this API key may not publish to everybody", "audience"};
  return {};
}

admission gate::judge(const request_head& head) const {
  admission out;
  auto path = path_of(head.target);
  if (path == "/api/events") {
    out = judge_publish(head);
  } else if (path == "/ws") {
    out = sessions_.judge_socket(head);
  } else if (path == "/api/events/stream") {
    out = sessions_.judge_stream(head);
  } else if (path == "/healthz") {
    out.to = route::health;
    out.body_limit = out.single_limit = options_.body_bytes;
    if (head.method != verb::get && head.method != verb::head)
      out.refused = wrong_method("GET, HEAD");
  } else {
    out.refused
      = refuse(ec::not_found, "this port has /api/events, /api/events/stream, /ws and /healthz");
  }
  if (!out.refused && head.content_length && *head.content_length > out.body_limit) {
    out.refused = refuse(ec::too_large, "the body exceeds " + std::to_string(out.body_limit)
                                          + " bytes; send less at a time");
    out.refused->close = true;
  }
  return out;
}

admission gate::judge_publish(const request_head& head) const {
  admission out{.to = route::publish};
  if (head.method != verb::post) {
    out.refused = wrong_method("POST");
    return out;
  }
  auto who = keys_.authenticate(head.authorization);
  if (!who) {
    out.refused = refusal{.why = std::move(who).error()};
    return out;
  }
  out.who = std::move(*who);
  if (!out.who.may_publish()) {
    out.refused = refuse(ec::forbidden, "this API key may not publish");
    return out;
  }
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
  if (out.form == event_form::binary)
    out.content_type = head.content_type;
  out.single_limit = options_.body_bytes;
  // Whether plain JSON is one event or an array shows with its first byte.
  auto may_be_batch = out.form == event_form::json || out.form == event_form::structured_batch;
  out.body_limit = may_be_batch ? options_.batch_bytes : options_.body_bytes;
  return out;
}

} // namespace carillon::data
