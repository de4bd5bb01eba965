#include "net/http/head_fields.hpp"

#include "base/text/ascii.hpp"
#include "net/http/target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <utility>

namespace carillon::data {

namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;

constexpr int not_implemented = 501;
constexpr int expectation_failed = 417;

refusal fault(std::string detail, int status = 0) {
  return last_refusal(ec::invalid_argument, std::move(detail), status);
}

/// The place of a field that is given once; null for others.
std::string_view* single_place(request_head& head, http::field name, std::string_view text) {
  switch (name) {
  case http::field::access_control_request_method:
    return &head.asks_method;
  case http::field::content_type:
    return &head.content_type;
  case http::field::authorization:
    return &head.authorization;
  case http::field::origin:
    return &head.origin;
  case http::field::cookie:
    return &head.cookie;
  case http::field::sec_fetch_site:
    return &head.fetch_site;
  case http::field::sec_websocket_key:
    return &head.websocket_key;
  case http::field::sec_websocket_version:
    return &head.websocket_version;
  case http::field::unknown:
    if (iequals(text, "last-event-id"))
      return &head.last_event_id;
    if (iequals(text, "carillon-actor"))
      return &head.actor;
    return nullptr;
  default:
    return nullptr;
  }
}

/// The place of a field that is a list; null for others.
std::string_view* list_place(request_head& head, http::field name) {
  switch (name) {
  case http::field::accept:
    return &head.accept;
  case http::field::if_match:
    return &head.if_match;
  case http::field::if_none_match:
    return &head.if_none_match;
  case http::field::access_control_request_headers:
    return &head.asks_fields;
  case http::field::content_encoding:
    return &head.content_encoding;
  case http::field::expect:
    return &head.expect;
  case http::field::connection:
    return &head.connection;
  case http::field::upgrade:
    return &head.upgrade;
  case http::field::sec_websocket_protocol:
    return &head.websocket_protocol;
  default:
    return nullptr;
  }
}

} // namespace

std::optional<refusal> head_fields::take(http::field name, std::string_view name_text,
                                         std::string_view value) {
  if (head_.keeps_all)
    head_.all.emplace_back(name_text, value);
  if (auto* place = single_place(head_, name, name_text)) {
    if (place->data() != nullptr)
      return fault(std::string{name_text} + " is given twice");
    *place = value;
    return std::nullopt;
  }
  if (name == http::field::unknown && iequals(name_text, "traceparent")) {
    // No reason to refuse a request: with two of them none counts (W3C Trace Context, section 3.2).
    head_.traceparent = head_.traceparent.data() == nullptr ? value : std::string_view{""};
    return std::nullopt;
  }
  if (auto* place = list_place(head_, name)) {
    add_to_list(*place, value);
    return std::nullopt;
  }
  switch (name) {
  case http::field::host:
    if (++hosts_ > 1)
      return fault("Host is given twice");
    if (!is_host(value))
      return fault("Host is not valid: send the name or the address, and the port");
    head_.host = value;
    break;
  case http::field::content_length:
    // Beast accepts equal repetitions; a proxy in front may not.
    if (++lengths_ > 1 || value.find(',') != std::string_view::npos)
      return fault("Content-Length is given twice");
    break;
  case http::field::transfer_encoding:
    add_to_list(codings_, value);
    break;
  default:
    if (name_text.size() > 3 && iequals(name_text.substr(0, 3), "ce-"))
      head_.cloud.emplace_back(ascii_lower(name_text.substr(3)), value);
  }
  return std::nullopt;
}

/// Several lines of a list are one list (RFC 9110 section 5.3).
void head_fields::add_to_list(std::string_view& list, std::string_view value) {
  if (list.data() == nullptr) {
    list = value;
    return;
  }
  auto& text = joined_.emplace_back(list);
  text += ", ";
  text += value;
  list = text;
}

std::optional<refusal> head_fields::finish() {
  if (head_.http11 && hosts_ == 0)
    return fault("Host is missing");
  if (auto wrong = check_coding())
    return wrong;
  if (auto wrong = check_target())
    return wrong;
  if (head_.http11 && !head_.expect.empty() && !iequals(head_.expect, "100-continue"))
    return fault("only 'Expect: 100-continue' is understood", expectation_failed);
  return std::nullopt;
}

/// The target's host takes precedence over the field (RFC 9112 section 3.2.2).
std::optional<refusal> head_fields::check_target() {
  auto special = head_.target == "*" || head_.method == http::verb::connect;
  auto parts = special ? std::optional{target_parts{}} : parts_of(head_.target);
  if (!parts)
    return fault("the request target is not a path, nor an http or https URL");
  if (parts->absolute)
    head_.host = parts->authority;
  return std::nullopt;
}

/// Only chunked is supported. If it is not the last coding, the end of the body cannot be found;
/// applying it twice is not allowed (RFC 9112 section 6.1).
std::optional<refusal> head_fields::check_coding() const {
  if (codings_.data() == nullptr)
    return std::nullopt;
  if (!head_.http11)
    return fault("HTTP/1.0 has no Transfer-Encoding");
  http::token_list all{{codings_.data(), codings_.size()}};
  size_t count = 0;
  size_t chunked = 0;
  bool last = false;
  for (const auto& x : all) {
    last = iequals(x, "chunked");
    chunked += last ? 1 : 0;
    ++count;
  }
  if (chunked != 1 || !last || !head_.chunked)
    return fault("Transfer-Encoding does not end with 'chunked'");
  if (count > 1)
    return fault("only the transfer coding 'chunked' is understood", not_implemented);
  return std::nullopt;
}

void head_fields::clear() {
  joined_.clear();
  codings_ = {};
  hosts_ = lengths_ = 0;
}

} // namespace carillon::data
