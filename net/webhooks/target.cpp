#include "net/webhooks/target.hpp"

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <idn2.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

namespace carillon::http {

namespace {

constexpr size_t max_url_bytes = 8'192;
constexpr size_t max_name_bytes = 253;
constexpr size_t max_label_bytes = 63;

struct url_deleter {
  void operator()(CURLU* x) const noexcept {
    curl_url_cleanup(x);
  }
};

using url_ptr = std::unique_ptr<CURLU, url_deleter>;

failure bad(std::string why) {
  return {ec::invalid_argument, std::move(why), "url"};
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_name_byte(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
}

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr)
    return {};
  std::string out{text};
  curl_free(text);
  return out;
}

// -- hosts of other letters -------------------------------------------------------------

/// The host in the text of a URL, without credentials and port.
std::string_view host_in(std::string_view url) {
  auto begin = url.find("//");
  if (begin == std::string_view::npos)
    return {};
  auto authority = url.substr(begin + 2);
  authority = authority.substr(0, std::min(authority.find_first_of("/?#\\"), authority.size()));
  if (auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  return authority.substr(0, std::min(authority.find(':'), authority.size()));
}

/// By IDNA 2008 with the mapping of UTS 46. A character that maps to characters not allowed in
/// names (U+2100 is a/c) is rejected: it could end the host. (With STD3 rules, libidn2 drops such
/// characters and yields another name.)
expected<std::string> to_a_labels(std::string_view host) {
  const auto no_name
    = bad("the host is not an internationalized domain name; write it in its ASCII "
          "form, xn--...");
  const std::string given{host};
  char* made = nullptr;
  if (!is_utf8(host) || given.find('\0') != std::string::npos
      || idn2_to_ascii_8z(given.c_str(), &made, IDN2_NONTRANSITIONAL) != IDN2_OK)
    return no_name;
  std::string out{made};
  idn2_free(made);
  if (!std::all_of(out.begin(), out.end(), is_name_byte))
    return no_name;
  return out;
}

expected<std::string> to_ascii_url(std::string_view url) {
  if (is_ascii(url))
    return std::string{url};
  auto host = host_in(url);
  if (is_ascii(host))
    return bad("the path or the query holds characters that have to be percent-encoded");
  auto ascii = to_a_labels(host);
  if (!ascii)
    return ascii.error();
  auto at = static_cast<size_t>(host.data() - url.data());
  auto out = std::string{url.substr(0, at)} + *ascii + std::string{url.substr(at + host.size())};
  if (!is_ascii(out))
    return bad("the path or the query holds characters that have to be percent-encoded");
  return out;
}

// -- hosts ------------------------------------------------------------------------------

std::optional<address_guard::v6_bytes> v6_of(std::string_view host) {
  if (host.size() < 3 || host.front() != '[' || host.back() != ']')
    return std::nullopt;
  std::string text{host.substr(1, host.size() - 2)};
  text.resize(std::min(text.size(), text.find('%')));
  address_guard::v6_bytes out{};
  if (::inet_pton(AF_INET6, text.c_str(), out.data()) != 1)
    return std::nullopt;
  return out;
}

/// Resolvers treat a dot at the end as the root of the names, and then may read numbers.
std::string_view without_root(std::string_view host) {
  return host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0));
}

std::optional<address_guard::v4_bytes> v4_of(std::string_view host) {
  const std::string text{without_root(host)};
  in_addr in{};
  if (text.empty() || ::inet_aton(text.c_str(), &in) == 0)
    return std::nullopt;
  address_guard::v4_bytes out{};
  std::memcpy(out.data(), &in, out.size());
  return out;
}

/// No valid name ends so, and resolvers read it differently.
bool ends_in_number(std::string_view name) {
  auto last = name.substr(name.rfind('.') + 1);
  if (last.starts_with("0x"))
    return std::all_of(last.begin() + 2, last.end(),
                       [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
  return std::all_of(last.begin(), last.end(), is_digit);
}

expected<void> check_name(std::string_view host) {
  auto name = without_root(host);
  if (name.empty())
    return bad("the URL has no host");
  if (!std::all_of(name.begin(), name.end(), is_name_byte))
    return bad("the host holds characters that no host name has");
  if (name.size() > max_name_bytes)
    return bad("the host name is longer than 253 bytes");
  for (auto rest = name;;) {
    auto label = rest.substr(0, rest.find('.'));
    if (label.empty())
      return bad("the host name has an empty part, two dots in a row or one at its begin");
    if (label.size() > max_label_bytes)
      return bad("a part of the host name is longer than 63 bytes");
    if (label.size() == rest.size())
      break;
    rest.remove_prefix(label.size() + 1);
  }
  if (ends_in_number(name))
    return bad("the host is neither an address nor a name");
  return {};
}

expected<void> check_host(std::string_view host) {
  if (host.empty())
    return bad("the URL has no host");
  if (host.front() == '[')
    return v6_of(host) ? expected<void>{} : bad("the host is not an IPv6 address");
  return v4_of(host) ? expected<void>{} : check_name(host);
}

// -- URLs -------------------------------------------------------------------------------

/// Rejects text that libcurl would ignore or read differently from others.
expected<void> check_text(std::string_view url) {
  if (url.size() > max_url_bytes)
    return bad("the URL is longer than 8 KiB");
  auto is_bad = [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f;
  };
  if (std::any_of(url.begin(), url.end(), is_bad))
    return bad("the URL holds a blank or a control character, which has to be percent-encoded");
  // libcurl accepts one to three slashes.
  auto colon = url.find(':');
  if (colon == std::string_view::npos || url.substr(colon + 1, 2) != "//"
      || url.substr(colon + 3, 1) == "/")
    return bad("the URL is malformed; write https://host/path");
  return {};
}

failure explain(CURLUcode code) {
  switch (code) {
  case CURLUE_USER_NOT_ALLOWED:
    return bad("the URL holds a user or a password; send them in a header");
  case CURLUE_BAD_PORT_NUMBER:
    return bad("the port is not a number of 1 to 65535");
  case CURLUE_BAD_IPV6:
    return bad("the host is not an IPv6 address");
  case CURLUE_BAD_HOSTNAME:
  case CURLUE_NO_HOST:
    return bad("the host is not the name of one");
  case CURLUE_OUT_OF_MEMORY:
    return {ec::internal, "the node is out of memory", {}};
  default:
    return bad("the URL is malformed; write https://host/path");
  }
}

std::optional<uint16_t> port_of(CURLU* url) {
  auto text = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  uint16_t out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || out == 0)
    return std::nullopt;
  return out;
}

failure refused(const char* why) {
  return {ec::forbidden, why, "url"};
}

expected<void> judge_address(const auto& address, const target& x, const target_rules& rules,
                             bool private_targets) {
  if (!rules.guard(private_targets).permits(address))
    return refused("the address of the host may not be called");
  if (rules.own->holds(address, x.port))
    return refused("the node does not call itself");
  return {};
}

/// Names of loopback (RFC 6761). Resolvers differ in whether they know one with a dot at the end.
expected<void> judge_localhost(const target& x, const target_rules& rules, bool private_targets) {
  auto name = without_root(x.host);
  if (name != "localhost" && !name.ends_with(".localhost"))
    return {};
  constexpr address_guard::v4_bytes v4{127, 0, 0, 1};
  constexpr address_guard::v6_bytes v6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  auto by_v4 = judge_address(v4, x, rules, private_targets);
  return by_v4 ? by_v4 : judge_address(v6, x, rules, private_targets);
}

} // namespace

std::string target::origin() const {
  return (tls ? "https://" : "http://") + host + ':' + std::to_string(port);
}

expected<target> parse_target(std::string_view url) {
  if (auto sound = check_text(url); !sound)
    return sound.error();
  auto ascii = to_ascii_url(url);
  if (!ascii)
    return ascii.error();
  target out;
  out.url = std::move(*ascii);
  const url_ptr parts{curl_url()};
  if (!parts)
    return explain(CURLUE_OUT_OF_MEMORY);
  auto code = curl_url_set(parts.get(), CURLUPART_URL, out.url.c_str(),
                           CURLU_PATH_AS_IS | CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK)
    return explain(code);
  auto scheme = ascii_lower(part_of(parts.get(), CURLUPART_SCHEME));
  if (scheme != "https" && scheme != "http")
    return bad("the scheme of the URL is not https");
  out.tls = scheme == "https";
  out.host = ascii_lower(part_of(parts.get(), CURLUPART_HOST));
  if (auto sound = check_host(out.host); !sound)
    return sound.error();
  auto port = port_of(parts.get());
  if (!port)
    return explain(CURLUE_BAD_PORT_NUMBER);
  out.port = *port;
  return out;
}

expected<void> judge_target(const target& x, const target_rules& rules, bool private_targets) {
  if (!x.tls && !rules.allow_http)
    return bad("the scheme of the URL is not https, and http is not allowed on this node");
  if (auto v6 = v6_of(x.host))
    return judge_address(*v6, x, rules, private_targets);
  if (auto v4 = v4_of(x.host))
    return judge_address(*v4, x, rules, private_targets);
  return judge_localhost(x, rules, private_targets);
}

} // namespace carillon::http
