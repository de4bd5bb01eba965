#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Algorithm of a secret.
enum class webhook_secret_kind : uint8_t {
  /// HMAC-SHA256, signatures `v1`; both sides know it.
  hmac,
  /// Ed25519, signatures `v1a`; only the sender knows it.
  ed25519,
  /// The public half of `ed25519`: verifies only.
  ed25519_public,
};

/// Signing secret of a webhook's messages, by Standard Webhooks 1.0.
struct webhook_secret {
  webhook_secret_kind kind = webhook_secret_kind::hmac;
  /// hmac: the key, 24–64 bytes. ed25519: the seed of RFC 8032, 32 bytes. ed25519_public: the
  /// public key, 32 bytes.
  std::string bytes;

  friend bool operator==(const webhook_secret&, const webhook_secret&) = default;
};

/// A new secret of 32 random bytes; `kind` is not `ed25519_public`. Errors: `internal` if
/// OpenSSL has no randomness.
expected<webhook_secret> make_webhook_secret(webhook_secret_kind kind);

/// Parses a signing secret: `whsec_` and base64 of 24–64 bytes; or `whsk_` and base64 of an Ed25519
/// private key: 64 bytes, the seed and then the public key, as other implementations write it, or
/// the seed alone. Errors: `invalid_argument`, field `secret`; the detail does not repeat the
/// secret.
expected<webhook_secret> parse_webhook_secret(std::string_view text);

/// Parses a verifying key: every text that `parse_webhook_secret` accepts, and `whpk_` and base64
/// of an Ed25519 public key. Errors: as there.
expected<webhook_secret> parse_webhook_key(std::string_view text);

/// `whsec_…`, `whsk_…` (64 bytes) or `whpk_…`. Errors: `internal` if OpenSSL fails at the public
/// half of `whsk_…`.
expected<std::string> to_text(const webhook_secret& x);

/// The public part of an Ed25519 secret: `whpk_` and base64 of the public key. Empty for `hmac`,
/// which has no public part. Errors: as `to_text`.
expected<std::string> public_text(const webhook_secret& x);

} // namespace carillon
