#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

// What digests of records are computed from. Each part says its own length, so that two records
// that differ never have the same bytes.

/// Appends eight bytes, the highest first.
void append_digest_integer(std::string& out, uint64_t x);

/// Appends the length of the text, then the text.
void append_digest_text(std::string& out, std::string_view x);

} // namespace carillon
