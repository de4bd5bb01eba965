#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace carillon {

/// What a portal token may allow beside looking at endpoints and types, which all may.
enum class portal_right : uint8_t { endpoints, secrets, test, deliveries, resend };

/// Names of the rights in `may`, in the order in which they are shown.
inline constexpr std::array<std::pair<portal_right, std::string_view>, 5> portal_right_names{
  {{portal_right::endpoints, "endpoints"},
   {portal_right::secrets, "secrets"},
   {portal_right::test, "test"},
   {portal_right::deliveries, "deliveries"},
   {portal_right::resend, "resend"}}};

constexpr std::string_view name_of(portal_right x) noexcept {
  for (const auto& [right, name] : portal_right_names)
    if (right == x)
      return name;
  return {};
}

constexpr std::optional<portal_right> portal_right_from(std::string_view name) noexcept {
  for (const auto& [right, text] : portal_right_names)
    if (text == name)
      return right;
  return std::nullopt;
}

/// A set of rights; empty at first.
class portal_rights {
public:
  constexpr void add(portal_right x) noexcept {
    bits_ |= 1U << static_cast<unsigned>(x);
  }

  constexpr bool has(portal_right x) const noexcept {
    return (bits_ & 1U << static_cast<unsigned>(x)) != 0;
  }

  friend constexpr bool operator==(portal_rights, portal_rights) noexcept = default;

private:
  unsigned bits_ = 0;
};

} // namespace carillon
