#include "net/http/request_check.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace carillon::http {

namespace {

constexpr size_t max_url_bytes = 8'192;

/// The client's own: they frame the message or belong to the connection.
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

struct url_deleter {
  void operator()(CURLU* x) const noexcept {
    curl_url_cleanup(x);
  }
};

using url_ptr = std::unique_ptr<CURLU, url_deleter>;

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr)
    return {};
  std::string out{text};
  curl_free(text);
  return out;
}

refusal bad_url(std::string why) {
  return {http_fault::url, std::move(why)};
}

bool is_token(std::string_view name) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  auto fits = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || marks.find(c) != std::string_view::npos;
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

/// If the host is an address, whether it may be called.
std::optional<bool> judge_literal(std::string_view host, const address_guard& guard) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    std::string text{host.substr(1, host.size() - 2)};
    text.resize(std::min(text.size(), text.find('%')));
    address_guard::v6_bytes bytes{};
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1)
      return std::nullopt;
    return guard.permits(bytes);
  }
  // Resolvers take one dot at the end for the root of the names, and then may read numbers.
  std::string text{host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0))};
  in_addr in{};
  if (text.empty() || ::inet_aton(text.c_str(), &in) == 0)
    return std::nullopt;
  address_guard::v4_bytes bytes{};
  std::memcpy(bytes.data(), &in, bytes.size());
  return guard.permits(bytes);
}

/// If the host is a name of loopback (RFC 6761), whether that may be called. Resolvers differ in
/// whether they know it with a dot at the end.
std::optional<bool> judge_localhost(std::string_view host, const address_guard& guard) {
  if (host.ends_with('.'))
    host.remove_suffix(1);
  if (host != "localhost" && !host.ends_with(".localhost"))
    return std::nullopt;
  constexpr address_guard::v4_bytes v4{127, 0, 0, 1};
  constexpr address_guard::v6_bytes v6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return guard.permits(v4) || guard.permits(v6);
}

std::optional<refusal> check_url(job& x, const request_rules& rules) {
  const auto& text = x.request.url;
  if (text.size() > max_url_bytes)
    return bad_url("the URL is longer than 8 KiB");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= 0x20 || c >= 0x7f; }))
    return bad_url("the URL holds a character that has to be percent-encoded, or a host name that "
                   "has to be written in punycode");
  // libcurl takes one to three slashes.
  if (auto at = text.find(':'); at == std::string::npos || text.size() < at + 3
                                || text.compare(at + 1, 2, "//") != 0
                                || text.substr(at + 3, 1) == "/")
    return bad_url("the URL is malformed");
  url_ptr url{curl_url()};
  if (!url)
    return refusal{http_fault::not_sent, "the node is out of memory"};
  auto code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(),
                           CURLU_PATH_AS_IS | CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME);
  if (code == CURLUE_USER_NOT_ALLOWED)
    return bad_url("the URL holds a user or a password");
  if (code != CURLUE_OK)
    return bad_url("the URL is malformed");
  auto scheme = lower(part_of(url.get(), CURLUPART_SCHEME));
  x.tls = scheme == "https";
  if (!x.tls && scheme != "http")
    return bad_url("the scheme of the URL is not https");
  if (!x.tls && !rules.allow_http)
    return bad_url("the scheme of the URL is not https, and http is not allowed on this node");
  auto host = lower(part_of(url.get(), CURLUPART_HOST));
  if (host.empty() || host == ".")
    return bad_url("the URL has no host");
  const auto& guard = *rules.guard;
  if (!judge_literal(host, guard).value_or(true) || !judge_localhost(host, guard).value_or(true))
    return refusal{http_fault::address_refused, "the address of the host may not be called"};
  x.origin = scheme + "://" + host + ":" + part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return std::nullopt;
}

std::optional<refusal> check_headers(const http_request& x) {
  for (const auto& [name, value] : x.headers) {
    if (!is_token(name))
      return bad_url("a header name is not a token of HTTP");
    if (has_control(value))
      return bad_url("the value of header \"" + name.substr(0, 64)
                     + "\" holds a control character");
    auto key = lower(name);
    if (std::find(std::begin(reserved), std::end(reserved), key) != std::end(reserved)
        || key.starts_with("proxy-"))
      return bad_url("header \"" + name.substr(0, 64) + "\" is reserved");
  }
  return std::nullopt;
}

} // namespace

std::optional<refusal> check_request(job& x, const request_rules& rules) {
  if (auto why = check_url(x, rules))
    return why;
  return check_headers(x.request);
}

} // namespace carillon::http
