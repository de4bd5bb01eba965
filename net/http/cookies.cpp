#include "net/http/cookies.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>

namespace carillon::data {

std::string_view cookie_in(std::string_view field, std::string_view name) noexcept {
  std::string_view out;
  bool found = false;
  while (!field.empty()) {
    const auto end = std::min(field.find(';'), field.size());
    const auto pair = trimmed(field.substr(0, end));
    field.remove_prefix(std::min(end + 1, field.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name)
      continue;
    if (found)
      return {};
    found = true;
    out = pair.substr(equals + 1);
  }
  return out;
}

} // namespace carillon::data
