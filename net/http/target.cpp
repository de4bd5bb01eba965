#include "net/http/target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>

namespace carillon::data {

using boost::beast::iequals;

std::optional<target_parts> parts_of(std::string_view target) {
  target_parts out;
  if (target.find('#') != std::string_view::npos)
    return std::nullopt;
  if (!target.starts_with('/')) {
    auto scheme = target.find("://");
    if (scheme == std::string_view::npos)
      return std::nullopt;
    auto name = target.substr(0, scheme);
    if (!iequals(name, "http") && !iequals(name, "https"))
      return std::nullopt;
    target.remove_prefix(scheme + 3);
    auto end = std::min(target.find_first_of("/?"), target.size());
    out.authority = target.substr(0, end);
    if (out.authority.empty() || !is_host(out.authority))
      return std::nullopt;
    target.remove_prefix(end);
    out.absolute = true;
  }
  auto query = std::min(target.find('?'), target.size());
  out.path = query == 0 ? std::string_view{"/"} : target.substr(0, query);
  out.query = target.substr(std::min(query + 1, target.size()));
  return out;
}

bool is_host(std::string_view text) {
  auto parsed = boost::urls::parse_authority({text.data(), text.size()});
  return parsed && !parsed->has_userinfo();
}

bool is_loopback_name(std::string_view host) noexcept {
  if (host.empty() || host == "[::1]" || host.starts_with("[::1]:"))
    return true;
  auto name = host.substr(0, host.find(':'));
  return iequals(name, "localhost")
         || (name.starts_with("127.") && name.find_first_not_of("0123456789.") == name.npos);
}

bool is_same_origin(std::string_view origin, std::string_view host, bool secure) noexcept {
  if (origin.empty())
    return true;
  auto scheme = origin.find("://");
  return scheme != std::string_view::npos && iequals(origin.substr(scheme + 3), host)
         && (!secure || iequals(origin.substr(0, scheme), "https"));
}

} // namespace carillon::data
