#include "messages/access/api_key.hpp"

#include <array>

namespace carillon {

namespace {

constexpr std::array<std::string_view, 3> role_names{"publisher", "reader", "admin"};

} // namespace

std::string_view name_of(role x) noexcept {
  return role_names.at(static_cast<size_t>(x));
}

std::optional<role> role_from(std::string_view name) noexcept {
  for (size_t i = 0; i < role_names.size(); ++i)
    if (role_names[i] == name)
      return static_cast<role>(i);
  return std::nullopt;
}

} // namespace carillon
