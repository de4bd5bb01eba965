#pragma once

#include <string>
#include <string_view>

namespace carillon {

/// The text with control characters, the line breaks of Unicode, and bytes that are not UTF-8, as
/// `\x1b`. So untrusted input (a receiver's answer, a URL, the name of a user) cannot control a
/// terminal or forge a line of the log.
std::string printable(std::string_view text);

} // namespace carillon
