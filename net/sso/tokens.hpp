#pragma once

#include "base/failure.hpp"

#include <string>
#include <string_view>

namespace carillon::sso {

// Texts that nobody can guess.

/// Base64url without padding (RFC 4648 section 5).
std::string to_base64url(std::string_view bytes);

/// So many random bytes. Errors: `internal` if the system has none.
expected<std::string> random_bytes(size_t count);

/// True if both are equal; the time does not tell where they differ.
bool equal_in_constant_time(std::string_view x, std::string_view y) noexcept;

} // namespace carillon::sso
