#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace carillon {

// Texts for readers, made from publishers' data.

/// An untrusted text as one line: UTF-8; control characters and runs of blanks become one blank
/// each, none at the ends; cut to whole characters within `bytes`.
std::string one_line(std::string_view text, size_t bytes);

/// The code of a currency in capitals (ISO 4217), from any case; other texts unchanged, as
/// `one_line` of at most 16 bytes.
std::string currency_text(std::string_view code);

/// An amount of money as `12.50`, with the decimals of the currency (ISO 4217; 2 for unknown ones),
/// or more if the amount has more: the publisher's amount is not rounded, except for the error of
/// binary computing. Empty if it is not finite.
std::string amount_text(double x, std::string_view currency);

/// An id in a text for readers: unchanged if it looks like one, at most 64 of
/// `[A-Za-z0-9-_.:#@+~]`. Any other text is cut to 40 bytes and set in quotation marks, so that a
/// reader does not mistake it for ours.
std::string id_text(std::string_view id);

/// A number of JSON as text: `12`, `0.5`; empty for any other value.
std::string number_text(const rapidjson::Value& x);

} // namespace carillon
