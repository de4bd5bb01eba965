#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). OpenSSL fails at them only without memory or in
// a broken installation; then the functions with `try_` return nothing, and the others throw
// std::runtime_error. The others are for code whose caller takes exceptions: a handler (the event
// has failed), a job (the attempt has failed), a transaction of the state store (it is rolled
// back), a call of the admin port (500). Actors and event loops use those with `try_`. Any thread
// may call them; each keeps a context of its own, since fetching the algorithm costs more than
// hashing a short text.

using sha256_digest = std::array<unsigned char, 32>;

/// The digest of the pieces, one after the other.
std::optional<sha256_digest> try_sha256(std::initializer_list<std::string_view> pieces) noexcept;

/// The same; throws std::runtime_error if OpenSSL fails.
sha256_digest sha256_of(std::initializer_list<std::string_view> pieces);

/// The digest in 64 lower case hexadecimal digits.
std::optional<std::string> try_sha256_hex(std::string_view bytes);

/// The same; throws std::runtime_error if OpenSSL fails.
std::string sha256_hex(std::string_view bytes);

std::optional<sha256_digest> try_hmac_sha256(std::string_view key, std::string_view text) noexcept;

/// The 32 bytes, as long as the digest is there.
inline std::string_view view_of(const sha256_digest& x) noexcept {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

} // namespace carillon
