#include "net/admin/server/accept.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>
#include <optional>

namespace carillon::admin {

namespace {

constexpr int most = 1'000;

/// Takes the text up to a mark off the front, without blanks around it; marks within quotes are
/// skipped.
std::string_view next_part(std::string_view& x, char mark) noexcept {
  bool quoted = false;
  size_t i = 0;
  for (; i < x.size() && (quoted || x[i] != mark); ++i) {
    if (x[i] == '"')
      quoted = !quoted;
    else if (quoted && x[i] == '\\')
      ++i;
  }
  i = std::min(i, x.size());
  auto part = trimmed(x.substr(0, i));
  x.remove_prefix(std::min(i + 1, x.size()));
  return part;
}

/// `0`, `0.5`, `1.000` in thousandths (section 12.4.2).
std::optional<int> quality_from(std::string_view x) noexcept {
  if (x.empty() || x.size() > 5 || (x[0] != '0' && x[0] != '1') || (x.size() > 1 && x[1] != '.'))
    return std::nullopt;
  auto out = x[0] == '1' ? most : 0;
  auto weight = most / 10;
  for (auto c : x.substr(std::min<size_t>(x.size(), 2))) {
    if (c < '0' || c > '9')
      return std::nullopt;
    out += (c - '0') * weight;
    weight /= 10;
  }
  return out <= most ? std::optional{out} : std::nullopt;
}

/// 3 for the type itself, 2 for its `type/*`, 1 for `*/*`, 0 for others.
int precision_of(std::string_view range, std::string_view media_type) noexcept {
  if (equals_ignoring_case(range, media_type))
    return 3;
  auto slash = media_type.find('/');
  if (range.ends_with("/*")
      && equals_ignoring_case(range.substr(0, range.size() - 2), media_type.substr(0, slash)))
    return 2;
  return range == "*/*" ? 1 : 0;
}

} // namespace

welcome welcome_of(std::string_view accept, std::string_view media_type) noexcept {
  if (trimmed(accept).empty())
    return {most, false};
  welcome out;
  int best = 0;
  while (!accept.empty()) {
    auto element = next_part(accept, ',');
    auto range = next_part(element, ';');
    std::optional<int> quality = most;
    auto has_others = false;
    while (!element.empty()) {
      auto parameter = next_part(element, ';');
      auto name = parameter.substr(0, parameter.find('='));
      if (equals_ignoring_case(name, "q"))
        quality = quality_from(parameter.substr(std::min(name.size() + 1, parameter.size())));
      else if (!parameter.empty() && !equals_ignoring_case(name, "charset"))
        has_others = true;
    }
    auto precision = quality && !has_others ? precision_of(range, media_type) : 0;
    if (precision > best) {
      best = precision;
      out = {*quality, precision == 3};
    }
  }
  return out;
}

} // namespace carillon::admin
