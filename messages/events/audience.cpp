#include "messages/events/audience.hpp"

#include <array>
#include <cstddef>

namespace carillon {

namespace {

constexpr std::array<std::string_view, 4> audience_names{"none", "user", "company", "all"};

} // namespace

std::string_view name_of(audience x) noexcept {
  auto index = static_cast<size_t>(x);
  return index < audience_names.size() ? audience_names[index] : "none";
}

std::optional<audience> audience_from(std::string_view name) noexcept {
  for (size_t i = 0; i < audience_names.size(); ++i)
    if (audience_names[i] == name)
      return static_cast<audience>(i);
  return std::nullopt;
}

} // namespace carillon
