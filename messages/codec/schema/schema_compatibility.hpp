#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Why no object can satisfy both of two JSON Schemas, as far as it shows in what they say of
/// members by name: a member that one demands and the other does not allow, or for which they name
/// different types. Empty if nothing shows. Both are schemas that `compile_schema` takes.
std::optional<std::string> contradiction(std::string_view described, std::string_view registered);

} // namespace carillon
