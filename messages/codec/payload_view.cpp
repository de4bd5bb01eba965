#include "messages/codec/payload_view.hpp"

#include <array>

namespace carillon {

std::string_view describe(json_kind x) noexcept {
  static constexpr std::array<std::string_view, 7> names{
    "null", "a boolean", "an integer", "a number", "a string", "an array", "an object"};
  return names[static_cast<size_t>(x)];
}

const payload_member* payload_view::find(std::string_view name) const noexcept {
  for (size_t i = 0; i < size; ++i)
    if ((*members)[i].name == name)
      return &(*members)[i];
  return nullptr;
}

} // namespace carillon
