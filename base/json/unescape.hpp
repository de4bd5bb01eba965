#pragma once

#include <string>
#include <string_view>

namespace carillon {

// Strings of a text that is JSON already, as `raw_json` takes them. Any thread.

/// True if the text of a string has escapes. Without them the text between the quotes is the value.
bool has_escapes(std::string_view raw) noexcept;

/// The value of a string without its quotes.
std::string unescaped(std::string_view raw);

/// Appends it; it is never longer than `raw`.
void append_unescaped(std::string& out, std::string_view raw);

} // namespace carillon
