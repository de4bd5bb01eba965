#pragma once

#include "base/crypto/sha256.hpp"
#include "base/text/hex.hpp"
#include "messages/access/audit.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

using audit_digest = sha256_digest;

/// Inverse of `to_hex`; empty for any other text.
std::optional<audit_digest> digest_from_hex(std::string_view hex) noexcept;

/// Chains audit rows: the digest of a row is SHA-256 over
///
///     digest of the row before (32 bytes; zeros before row 1)
///     number                   (8 bytes, big endian, like all integers)
///     time                     (8 bytes, microseconds since the epoch)
///     action, actor, origin, company_id, subject, detail
///                              (each: 8 bytes length, then the bytes)
///     event_seq                (8 bytes)
///     person                   (if there is one: 8 bytes length, then the bytes)
///
/// Lengths make the encoding unambiguous, so no two rows share one. An attacker who can rewrite the
/// whole chain and its head can forge it, but not its seal (`audit_seal`); a copy of a digest kept
/// elsewhere reveals it too. Keeps its memory between rows; one thread.
class audit_hasher {
public:
  /// Throws std::runtime_error if OpenSSL fails; see `sha256_of`.
  audit_digest operator()(const audit_digest& previous, uint64_t number, const audit_entry& x);

private:
  /// The encoding of the row at hand; kept for its memory.
  std::string bytes_;
};

} // namespace carillon
