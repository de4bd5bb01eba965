#pragma once

#include "base/failure.hpp"

#include <string>
#include <string_view>

namespace carillon {

// Ed25519 of RFC 8032 (the pure variant) on raw bytes. Errors: `internal` if OpenSSL fails, without
// memory or in an installation that lacks the algorithm.

/// The public key of a seed, each 32 bytes.
expected<std::string> ed25519_public_key(std::string_view seed);

/// The signature, 64 bytes.
expected<std::string> ed25519_sign(std::string_view seed, std::string_view message);

/// False also if the public key is not a point, the signature not 64 bytes, or OpenSSL fails.
bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature);

} // namespace carillon
