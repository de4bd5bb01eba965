#pragma once

#include <span>
#include <string>
#include <string_view>

namespace carillon {

inline constexpr std::string_view lower_hex = "0123456789abcdef";
inline constexpr std::string_view upper_hex = "0123456789ABCDEF";

/// Appends the two digits of each byte.
void append_hex(std::string& out, std::span<const unsigned char> bytes,
                std::string_view digits = lower_hex);

std::string to_hex(std::span<const unsigned char> bytes);

/// Appends the byte as `%2F` (RFC 3986, section 2.1).
void append_percent_encoded(std::string& out, unsigned char byte);

} // namespace carillon
