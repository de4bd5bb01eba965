#pragma once

#include <string>
#include <string_view>

namespace carillon {

// What protocols say about letters, blanks and tokens. Bytes from 0x80 on are never changed, equal
// themselves only, and are neither blank nor part of a token; no locale is asked.

/// Tabs and line ends too, as in a line that was read, or between the values of a JSON text.
inline constexpr std::string_view blanks_and_line_ends = " \t\r\n";

constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string ascii_lower(std::string_view x);

bool equals_ignoring_case(std::string_view x, std::string_view y) noexcept;

/// The text without the blanks around it; the default set is OWS of RFC 9110, section 5.6.3.
std::string_view trimmed(std::string_view x, std::string_view blanks = " \t") noexcept;

/// A token of RFC 9110, section 5.6.2, such as the name of a header field; never empty. Tokens of
/// MIME are other ones: see `is_mime_token` in handlers/email/mime/mime.cpp.
bool is_http_token(std::string_view x) noexcept;

} // namespace carillon
