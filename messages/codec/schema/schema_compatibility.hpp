#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// The reason why no object can satisfy both JSON Schemas, judged by their named members: one
/// schema requires a member that the other forbids, or they name different types for it. Empty if
/// no such conflict is found. `compile_schema` accepts both schemas.
std::optional<std::string> contradiction(std::string_view described, std::string_view registered);

} // namespace carillon
