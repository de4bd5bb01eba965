#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Hash functions of HMAC, for those who sign by others than SHA-256; see `base/crypto/sha256.hpp`.
enum class hmac_digest : uint8_t { sha1, sha256, sha512 };

/// HMAC (RFC 2104) as bytes. Empty optional if OpenSSL fails: without memory, or in an installation
/// that lacks the algorithm. Any thread.
std::optional<std::string> try_hmac(hmac_digest digest, std::string_view key,
                                    std::string_view text);

/// True if the texts are the same. The time depends on their lengths only.
bool equals_in_constant_time(std::string_view a, std::string_view b) noexcept;

} // namespace carillon
