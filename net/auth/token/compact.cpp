#include "net/auth/token/compact.hpp"

#include "base/text/base64.hpp"

#include <algorithm>

namespace carillon {

std::optional<std::string> from_base64url(std::string_view text) {
  constexpr std::string_view foreign = "+/=";
  if (text.size() % 4 == 1 || text.find_first_of(foreign) != std::string_view::npos)
    return std::nullopt;
  std::string padded{text};
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  padded.append((4 - text.size() % 4) % 4, '=');
  return from_base64(padded);
}

std::optional<compact_token> parse_compact(std::string_view token) {
  if (token.size() > max_token_bytes)
    return std::nullopt;
  auto first = token.find('.');
  if (first == std::string_view::npos)
    return std::nullopt;
  auto second = token.find('.', first + 1);
  if (second == std::string_view::npos)
    return std::nullopt;
  // A third dot, as the five parts of an encrypted token have, is not in the alphabet.
  auto header = from_base64url(token.substr(0, first));
  auto payload = from_base64url(token.substr(first + 1, second - first - 1));
  auto signature = from_base64url(token.substr(second + 1));
  if (!header || !payload || !signature)
    return std::nullopt;
  return compact_token{std::move(*header), std::move(*payload), std::move(*signature),
                       token.substr(0, second)};
}

} // namespace carillon
