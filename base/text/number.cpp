#include "base/text/number.hpp"

#include <charconv>

namespace carillon {

std::optional<uint64_t> number_from(std::string_view text) noexcept {
  uint64_t out = 0;
  const auto* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, out);
  if (text.empty() || error != std::errc{} || stop != end)
    return std::nullopt;
  return out;
}

} // namespace carillon
