#include "base/text/media_type.hpp"

#include <algorithm>

namespace carillon {

namespace {

bool ends_with_nocase(std::string_view x, std::string_view lower_end) noexcept {
  return x.size() > lower_end.size()
         && std::equal(lower_end.begin(), lower_end.end(),
                       x.end() - static_cast<std::ptrdiff_t>(lower_end.size()),
                       [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

/// RFC 9110, section 5.6.2.
bool is_token(std::string_view x) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !x.empty() && std::all_of(x.begin(), x.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || marks.find(c) != std::string_view::npos;
  });
}

} // namespace

bool is_json_media_type(std::string_view x) noexcept {
  x = x.substr(0, x.find(';'));
  auto end = x.find_last_not_of(" \t");
  x = x.substr(0, end == std::string_view::npos ? 0 : end + 1);
  auto slash = x.find('/');
  if (slash == std::string_view::npos || !is_token(x.substr(0, slash))
      || !is_token(x.substr(slash + 1)))
    return false;
  return ends_with_nocase(x, "/json") || ends_with_nocase(x, "+json");
}

} // namespace carillon
