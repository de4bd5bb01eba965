#pragma once

#include "base/failure.hpp"

#include <string>

namespace carillon {

/// Reads the API key that a file holds: `ck_` and 32 to 125 letters, digits, `-` or `_`, as of
/// `openssl rand -hex 32`, and perhaps a line break. Errors: `invalid_argument`, without the text.
expected<std::string> read_admin_key(const std::string& path);

} // namespace carillon
