#pragma once

#include <string>
#include <string_view>

namespace carillon {

/// True for well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text) noexcept;

/// The text with U+FFFD in place of each byte that is part of no character. Error texts of
/// handlers may hold anything; JSON may not.
std::string as_utf8(std::string_view text);

/// The beginning of a stranger's text, to be shown in a message: at most `bytes` bytes of whole
/// characters; what is not UTF-8 becomes `?`.
std::string excerpt(std::string_view text, size_t bytes = 64);

} // namespace carillon
