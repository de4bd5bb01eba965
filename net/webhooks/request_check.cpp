#include "net/webhooks/request_check.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace carillon::http {

namespace {

/// Set only by the client: they frame the message or belong to the connection.
constexpr auto reserved = std::to_array<std::string_view>({
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "accept-encoding",
});

refusal bad_url(std::string why) {
  return {http_fault::url, std::move(why)};
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

http_fault fault_of(ec code) noexcept {
  switch (code) {
  case ec::forbidden:
    return http_fault::address_refused;
  case ec::internal:
    return http_fault::not_sent;
  default:
    return http_fault::url;
  }
}

std::optional<refusal> check_url(pending_request& x, const target_rules& rules) {
  auto to = parse_target(x.request.url);
  if (!to)
    return refusal{fault_of(to.error().code), to.error().detail};
  if (auto may = judge_target(*to, rules, x.request.private_targets); !may)
    return refusal{fault_of(may.error().code), may.error().detail};
  x.origin = to->origin();
  x.tls = to->tls;
  x.request.url = std::move(to->url);
  return std::nullopt;
}

std::optional<refusal> check_headers(const http_request& x) {
  for (const auto& [name, value] : x.headers) {
    if (!is_http_token(name))
      return bad_url("a header name is not a token of HTTP");
    if (has_control(value))
      return bad_url("the value of header \"" + name.substr(0, 64)
                     + "\" holds a control character");
    auto key = ascii_lower(name);
    if (std::find(std::begin(reserved), std::end(reserved), key) != std::end(reserved)
        || key.starts_with("proxy-"))
      return bad_url("header \"" + name.substr(0, 64) + "\" is reserved");
  }
  return std::nullopt;
}

} // namespace

std::optional<refusal> check_request(pending_request& x, const target_rules& rules) {
  if (auto why = check_url(x, rules))
    return why;
  return check_headers(x.request);
}

} // namespace carillon::http
