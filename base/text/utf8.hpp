#pragma once

#include <string>
#include <string_view>

namespace carillon {

/// The byte order mark of UTF-8, which editors may put in front of a text.
inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// True for well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text) noexcept;

/// The text with U+FFFD in place of each invalid byte. Error texts of handlers may hold any bytes;
/// JSON may not.
std::string as_utf8(std::string_view text);

/// The beginning of an untrusted text for a message: at most `bytes` bytes of whole characters;
/// invalid UTF-8 becomes `?`.
std::string excerpt(std::string_view text, size_t bytes = 64);

} // namespace carillon
