#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace carillon::commands {

// What a stranger wrote (a receiver's answer, a URL, the name of a user) cannot command the
// terminal.

/// The text with control characters, and bytes that are not UTF-8, as `\x1b`.
std::string printable(std::string_view text);

/// The text of a member, printable; `-` if there is none.
std::string shown_member(const rapidjson::Value& object, const char* name);

} // namespace carillon::commands
