// The URL of a receiver. The sender accepts every URL that the registration accepts; libcurl reads
// the same host and port from it; and a host that the system's resolver reads as an address was
// checked as one.

#include "fuzz/require.hpp"
#include "messages/webhooks/move.hpp"
#include "messages/webhooks/webhook.hpp"
#include "net/webhooks/target.hpp"

#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

using namespace carillon;

namespace {

const address_guard& public_only() {
  static const auto out = address_guard::make({});
  return *out;
}

/// A part of the URL as libcurl reads it when it sends: no flags but those of the transfer.
std::string part_of(const std::string& url, CURLUPart part) {
  auto* all = curl_url();
  fuzz::require(all != nullptr);
  fuzz::require(curl_url_set(all, CURLUPART_URL, url.c_str(),
                             CURLU_PATH_AS_IS | CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME)
                == CURLUE_OK);
  char* text = nullptr;
  fuzz::require(curl_url_get(all, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK);
  std::string out{text};
  curl_free(text);
  curl_url_cleanup(all);
  return out;
}

/// True if the resolver reads the host as an address without a query, and it is not public.
bool leads_to_refused_address(std::string host) {
  if (host.front() == '[')
    host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
    return false;
  bool out = false;
  for (const auto* x = found; x != nullptr; x = x->ai_next)
    out = out || !public_only().permits(x->ai_addr);
  ::freeaddrinfo(found);
  return out;
}

/// Not an address; libcurl formats addresses in its own way.
bool is_name(const std::string& host) {
  return host.front() != '[' && host.find_first_not_of("0123456789abcdefx.") != std::string::npos;
}

std::string without_root(std::string host) {
  if (host.ends_with('.'))
    host.pop_back();
  return host;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto to = http::parse_target(text);
  if (!to) {
    fuzz::require(to.error().field == "url" && !to.error().detail.empty());
    return 0;
  }
  // The stored URL is the called URL, and parsing it again changes nothing.
  auto again = http::parse_target(to->url);
  fuzz::require(again.has_value() && again->url == to->url && again->origin() == to->origin());
  fuzz::require(to->port > 0 && part_of(to->url, CURLUPART_PORT) == std::to_string(to->port));
  auto host = part_of(to->url, CURLUPART_HOST);
  fuzz::require(host.size() == to->host.size());
  own_ports own;
  own.set({to->port});
  const http::target_rules rules{&public_only(), &public_only(), &own, true};
  auto may = http::judge_target(*to, rules, false).has_value();
  fuzz::require(!may || !leads_to_refused_address(to->host));
  // The registration keeps the URL unchanged; later comparisons use the called host.
  webhook_settings settings;
  settings.url = to->url;
  auto lower = host_of_url(settings.url);
  if (check_webhook(settings) && lower.find('%') == std::string::npos && is_name(lower))
    fuzz::require(lower == without_root(to->host));
  return 0;
}
