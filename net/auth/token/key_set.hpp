#pragma once

#include "base/failure.hpp"
#include "net/auth/token/token_key.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// The largest set of keys.
inline constexpr size_t max_token_keys = 100;
inline constexpr size_t max_key_set_bytes = size_t{1024} * 1024;

/// Reads a set of keys (RFC 7517 section 5), in its order. Unusable keys are left out, as the RFC
/// requires, so that an issuer may publish newer kinds as well. Errors: `invalid_argument`, field
/// `jwks-file`, if the text is not a set, or has no usable key; the detail repeats nothing of the
/// text.
expected<std::vector<token_key>> parse_key_set(std::string_view text);

/// Reads the file and parses it. Blocks on the disk. Errors: as above, also if the file can't be
/// read; the detail does not say its path.
expected<std::vector<token_key>> read_key_set(const std::string& path);

} // namespace carillon
