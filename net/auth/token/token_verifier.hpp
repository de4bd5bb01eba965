#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/sessions/session.hpp"
#include "net/auth/token/claims.hpp"
#include "net/auth/token/compact.hpp"
#include "net/auth/token/token_key.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Options for accepted tokens.
struct token_options {
  /// The key of HS256, of at least 32 bytes, which should be random. Empty = none.
  std::string secret = {};
  /// A file with a set of keys (RFC 7517). Empty = none.
  std::string jwks_file = {};
  /// Required `iss` of a token; empty = not checked.
  std::string issuer = {};
  /// `aud` of a token must equal or contain this; empty = not checked.
  std::string audience = {};
  /// Largest difference of the issuer's clock, at most an hour.
  std::chrono::milliseconds leeway{60'000};
};

/// Verifies JSON Web Tokens (RFC 7519, with the practices of RFC 8725) that are signed by HS256,
/// RS256, ES256 or EdDSA, and returns their identity. The key decides the algorithm, never the
/// token. A token with a `kid` is checked against the keys of that `kid` only, and against the
/// secret, which has none, only if there is no set of keys. A token without one is checked against
/// every key of its algorithm. In both cases at most eight are tried, the secret first.
/// Thread-safe.
class token_verifier {
public:
  /// Errors: `invalid_argument` with the field `jwt-secret`, `jwks-file` or `jwt-leeway`; a detail
  /// never repeats contents of a file or the secret.
  static expected<std::unique_ptr<token_verifier>> open(token_options options);

  /// The identity in this token: three parts of base64url, at most 8 KiB. Errors:
  /// `unauthenticated`, with the fault: the form, the header, an unknown `kid`, the signature.
  /// Faults of claims are reported only if the signature is valid. Nothing of the token is
  /// repeated.
  expected<session_identity> verify(std::string_view token, timestamp now) const;

  /// Reads the file with the set of keys anew. Missing keys are revoked, see
  /// `session_identity::key_holds`. On an error the former keys stay. Blocks on the disk; does
  /// nothing without such a file. Errors: `invalid_argument`, field `jwks-file`.
  expected<void> reload();

private:
  using key_list = std::vector<token_key>;

  explicit token_verifier(token_options options);

  std::shared_ptr<const key_list> keys_now() const;

  /// Verifies the signature, and returns the validity flag of its key.
  expected<std::shared_ptr<const std::atomic<bool>>> signer_of(const compact_token& x) const;

  std::string jwks_file_;
  claim_rules rules_;
  std::optional<token_key> secret_;
  /// One at a time, so that the last read set stays.
  std::mutex reloading_;
  /// Guards the pointer that follows. An atomic shared_ptr would suffice, but GCC 12's releases its
  /// lock without release ordering, a race on weakly ordered machines that ThreadSanitizer reports.
  mutable std::mutex guard_;
  /// Null = there is no set.
  std::shared_ptr<const key_list> keys_;
};

} // namespace carillon
