#pragma once

#include <cstddef>

namespace carillon {

/// Levels of arrays and objects in what clients send; one more is `malformed_json`.
inline constexpr size_t max_json_depth = 64;

} // namespace carillon
