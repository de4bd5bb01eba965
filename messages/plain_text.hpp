#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace carillon {

// Texts for people, out of what publishers say.

/// A stranger's text as one line: UTF-8, control characters and runs of blanks are one blank each,
/// none at the ends; cut to whole characters within `bytes`.
std::string one_line(std::string_view text, size_t bytes);

/// An amount of money as `12.50`, with the decimals of the currency, or more where it has more.
/// Empty for what is not finite.
std::string amount_text(double x, std::string_view currency);

/// A number of JSON as text: `12`, `0.5`; empty for any other value.
std::string number_text(const rapidjson::Value& x);

} // namespace carillon
