#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace carillon {

// Texts for people, out of what publishers say.

/// A stranger's text as one line: UTF-8, control characters and runs of blanks are one blank each,
/// none at the ends; cut to whole characters within `bytes`.
std::string one_line(std::string_view text, size_t bytes);

/// The code of a currency in capitals (ISO 4217), whatever case it came in; other texts as they
/// are, as `one_line` of at most 16 bytes.
std::string currency_text(std::string_view code);

/// An amount of money as `12.50`, with the decimals of the currency (ISO 4217; 2 of those it does
/// not know), or more where it has more: what the publisher said is not rounded to something else,
/// except for the error of binary computing. Empty for what is not finite.
std::string amount_text(double x, std::string_view currency);

/// An id in a text for people: as it is if it looks like one, at most 64 of `[A-Za-z0-9-_.:#@+~]`.
/// Any other text is somebody's words, which are not to be taken for ours: it is cut to 40 bytes
/// and set in quotation marks.
std::string id_text(std::string_view id);

/// A number of JSON as text: `12`, `0.5`; empty for any other value.
std::string number_text(const rapidjson::Value& x);

} // namespace carillon
