#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace carillon {

/// Parses the three forms of an HTTP-date, RFC 9110 section 5.6.7:
///
///     Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate, which all send today
///     Sunday, 06-Nov-94 08:49:37 GMT    RFC 850
///     Sun Nov  6 08:49:37 1994          asctime
///
/// A year of two digits is the one that is at most 50 years ahead of `now`. The name of the day
/// must be valid, but need not match the date. Case matters. Empty for any other text.
std::optional<timestamp> from_http_date(std::string_view text, timestamp now);

} // namespace carillon
