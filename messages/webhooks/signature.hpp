#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/webhooks/secret.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace carillon {

// Signatures of Standard Webhooks 1.0: over `id.timestamp.body`, the body byte for byte.

/// Headers of the request that a receiver verifies; empty = the header is missing.
struct webhook_headers {
  /// Of `webhook-id`.
  std::string_view id;
  /// Of `webhook-timestamp`: seconds since the epoch, decimal.
  std::string_view timestamp;
  /// Of `webhook-signature`: `v1,…` and `v1a,…`, separated by a space.
  std::string_view signature;
};

/// One signature: `v1,` and base64 for an HMAC secret, `v1a,` and base64 for Ed25519; empty for a
/// public key, which cannot sign. `unix_seconds` is the time of this attempt, not of the event.
/// Errors: `internal` if OpenSSL fails, without memory or in an installation that lacks the
/// algorithm.
expected<std::string> sign(const webhook_secret& secret, std::string_view id, int64_t unix_seconds,
                           std::string_view body);

/// The value of `webhook-signature`: one signature per secret, separated by a space, so that a
/// receiver that knows any of the secrets accepts the message while they are rotated.
/// Errors: as `sign`.
expected<std::string> sign_all(std::span<const webhook_secret> secrets, std::string_view id,
                               int64_t unix_seconds, std::string_view body);

/// Succeeds if the time is within `tolerance` of `now`, on both sides, and one of the signatures is
/// by one of the secrets. The running time does not depend on how much of a signature is right.
/// Errors: `invalid_argument`, the detail says why, the field names the header at fault; `internal`
/// if OpenSSL fails.
expected<void> verify(const webhook_headers& headers, std::string_view body,
                      std::span<const webhook_secret> secrets, timestamp now,
                      std::chrono::seconds tolerance = std::chrono::minutes{5});

/// Finds the cause when a signature does not match: tries the usual ways in which a body is changed
/// in transit, and returns the one that would make it match, e.g. "it matches the body without its
/// last line break"; empty if none does. Costs several verifications: for tools, not for servers.
std::string mismatch_hint(const webhook_headers& headers, std::string_view body,
                          std::span<const webhook_secret> secrets);

} // namespace carillon
