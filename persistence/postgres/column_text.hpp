#pragma once

#include <string>
#include <string_view>

namespace carillon::postgres {

// Values of columns as PostgreSQL writes them.

/// The bytes of a `bytea`, which is `\x0a1b…`.
std::string bytes_from(std::string_view hex);

/// The same the other way round.
std::string hex_of(std::string_view bytes);

/// A text column takes UTF-8 without NUL: replaces what is neither.
std::string text_from(std::string_view x);

} // namespace carillon::postgres
