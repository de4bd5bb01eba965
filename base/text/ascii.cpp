#include "base/text/ascii.hpp"

#include <algorithm>

namespace carillon {

std::string ascii_lower(std::string_view x) {
  std::string out{x};
  for (auto& c : out)
    c = ascii_lower(c);
  return out;
}

bool equals_ignoring_case(std::string_view x, std::string_view y) noexcept {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
}

std::string_view trimmed(std::string_view x, std::string_view blanks) noexcept {
  x.remove_prefix(std::min(x.find_first_not_of(blanks), x.size()));
  return x.substr(0, x.find_last_not_of(blanks) + 1);
}

bool is_http_token(std::string_view x) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !x.empty() && std::all_of(x.begin(), x.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || marks.find(c) != std::string_view::npos;
  });
}

} // namespace carillon
