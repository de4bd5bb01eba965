#pragma once

#include <string>
#include <string_view>

namespace carillon {

// RapidJSON stops at some valid JSON (RFC 8259, sections 6 and 7): at an unpaired surrogate, and at
// a number beyond a double. The text without these parts shows whether the rest is JSON.

/// The text with every unpaired high surrogate replaced.
std::string with_whole_pairs(std::string_view text);

/// The text with every number made small: exponents become 0, and long runs of digits become one
/// digit. It is valid JSON if and only if it was before.
std::string with_small_numbers(std::string_view text);

} // namespace carillon
