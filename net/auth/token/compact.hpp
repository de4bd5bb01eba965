#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Longer tokens are not examined.
inline constexpr size_t max_token_bytes = 8 * size_t{1024};

/// Levels of nesting in a header, in claims and in a set of keys.
inline constexpr size_t max_token_json_depth = 8;

/// A JSON Web Signature in its compact form (RFC 7515 section 7.1), decoded. Its content is
/// untrusted until the signature is verified.
struct compact_token {
  std::string header;
  std::string payload;
  std::string signature;
  /// The signed text; points into the token's text.
  std::string_view signed_text;
};

/// Decodes base64url without padding (RFC 7515 section 2). Empty for every other text, also if bits
/// are set after the last byte: so each value has one text only.
std::optional<std::string> from_base64url(std::string_view text);

/// Splits and decodes a token. Empty if it is too long or not exactly three parts of base64url.
std::optional<compact_token> parse_compact(std::string_view token);

} // namespace carillon
