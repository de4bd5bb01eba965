#pragma once

#include "base/crypto/sha256.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace carillon {

/// SHA-256 of bytes that come in pieces, for callers that hash millions of short texts: it owns no
/// memory, costs no look-up of an algorithm, and cannot fail. A copy continues on its own. One
/// thread.
class sha256_stream {
public:
  sha256_stream() noexcept;

  sha256_stream& add(std::string_view bytes) noexcept;

  /// The digest of everything added. The stream is used up.
  sha256_digest finish() noexcept;

private:
  /// A `SHA256_CTX` of OpenSSL.
  alignas(8) std::array<unsigned char, 112> state_;
};

/// HMAC-SHA-256 (RFC 2104) with one key, which is prepared once. Cannot fail. Immutable: any
/// thread.
class hmac_sha256_key {
public:
  /// @param key of any length
  explicit hmac_sha256_key(std::string_view key) noexcept;

  sha256_digest of(std::string_view text) const noexcept;

private:
  sha256_stream inner_;
  sha256_stream outer_;
};

} // namespace carillon
