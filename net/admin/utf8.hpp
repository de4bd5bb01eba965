#pragma once

#include <string>
#include <string_view>

namespace carillon::admin {

/// True for well-formed UTF-8 (Unicode table 3-7).
bool is_utf8(std::string_view text) noexcept;

/// The text with U+FFFD in place of each byte that is part of no character. Error
/// texts of handlers may hold anything; JSON may not.
std::string as_utf8(std::string_view text);

} // namespace carillon::admin
