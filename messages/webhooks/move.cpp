#include "messages/webhooks/move.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>

namespace carillon {

namespace {

failure missing(const char* detail, const char* field) {
  return {ec::invalid_argument, detail, field};
}

} // namespace

std::string host_of_url(std::string_view url) {
  auto begin = url.find("//");
  if (begin == std::string_view::npos)
    return {};
  auto authority = url.substr(begin + 2);
  authority = authority.substr(0, std::min(authority.find_first_of("/?#"), authority.size()));
  auto end = authority.starts_with('[') ? authority.find(']') : authority.find(':') - 1;
  auto out = ascii_lower(authority.substr(0, end == std::string_view::npos ? end : end + 1));
  if (out.ends_with('.'))
    out.pop_back();
  return out;
}

bool leads_elsewhere(std::string_view from, std::string_view to) {
  return host_of_url(from) != host_of_url(to) || (uses_tls(from) && !uses_tls(to));
}

expected<void> check_move(const webhook_settings& was, const webhook_change& by, bool with_secret) {
  if (!by.url || !leads_elsewhere(was.url, *by.url)) {
    if (with_secret)
      return missing("a secret is given only together with a URL of another host; rotate-secret "
                     "changes it otherwise",
                     "secret");
    return {};
  }
  if (!was.headers.empty() && !by.headers)
    return missing("the URL leads elsewhere, and headers do not go along by themselves: send all "
                   "of them anew, with their values, or {} for none",
                   "headers");
  if (!with_secret)
    return missing("the URL leads elsewhere, and the secret does not go along by itself: send the "
                   "one that the receiver there knows, or new to have one made",
                   "secret");
  return {};
}

} // namespace carillon
