#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

// Input of digests of records. Each part is preceded by its length, so that different records never
// have the same bytes.

/// Appends eight bytes, the highest first.
void append_digest_integer(std::string& out, uint64_t x);

/// Appends the length of the text, then the text.
void append_digest_text(std::string& out, std::string_view x);

} // namespace carillon
