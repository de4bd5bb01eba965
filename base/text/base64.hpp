#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Base64 with padding (RFC 4648 section 4).
std::string to_base64(std::string_view bytes);

/// Inverse of `to_base64`; empty for every other text: wrong alphabet, white space, missing
/// padding, bits after the last byte. So each value has one text only.
std::optional<std::string> from_base64(std::string_view text);

} // namespace carillon
