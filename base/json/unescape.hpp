#pragma once

#include <string>
#include <string_view>

namespace carillon {

// Strings of a text that is JSON already, as `raw_json` takes them. Any thread.

/// The text of a string, with or without its quotes, is the value itself: it has no escapes.
bool has_escapes(std::string_view raw) noexcept;

/// The value of a string without its quotes.
std::string unescaped(std::string_view raw);

/// Appends it; it is never longer than `raw`.
void append_unescaped(std::string& out, std::string_view raw);

} // namespace carillon
