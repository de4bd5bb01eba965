#pragma once

#include <string_view>

namespace carillon {

/// The text after the scheme `Bearer` of an `Authorization` field (RFC 6750 section 2.1; schemes
/// are case-insensitive); empty for another scheme.
std::string_view bearer_token(std::string_view authorization) noexcept;

} // namespace carillon
