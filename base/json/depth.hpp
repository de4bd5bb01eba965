#pragma once

#include <cstddef>

namespace carillon {

/// Most levels of arrays and objects in input of clients; one more is `malformed_json`.
inline constexpr size_t max_json_depth = 64;

} // namespace carillon
