#include "net/admin/portal/frame_origin.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

constexpr size_t max_host_bytes = 253;
constexpr size_t max_port_digits = 5;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_host_label(std::string_view x) noexcept {
  return !x.empty() && x.front() != '-' && x.back() != '-'
         && std::all_of(x.begin(), x.end(), [](char c) {
              return is_digit(c) || c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            });
}

bool is_host_name(std::string_view x) noexcept {
  if (x.empty() || x.size() > max_host_bytes)
    return false;
  for (;;) {
    auto end = std::min(x.find('.'), x.size());
    if (!is_host_label(x.substr(0, end)))
      return false;
    if (end == x.size())
      return true;
    x.remove_prefix(end + 1);
  }
}

bool is_port_number(std::string_view x) noexcept {
  return x == "*"
         || (!x.empty() && x.size() <= max_port_digits
             && std::all_of(x.begin(), x.end(), is_digit));
}

} // namespace

bool is_frame_origin(std::string_view text) noexcept {
  auto scheme = text.find("://");
  if (scheme == std::string_view::npos)
    return false;
  auto name = text.substr(0, scheme);
  if (!equals_ignoring_case(name, "https") && !equals_ignoring_case(name, "http"))
    return false;
  text.remove_prefix(scheme + 3);
  auto colon = text.find(':');
  if (colon != std::string_view::npos && !is_port_number(text.substr(colon + 1)))
    return false;
  auto host = text.substr(0, colon);
  if (host.starts_with("*."))
    host.remove_prefix(2);
  return is_host_name(host);
}

} // namespace carillon::admin
