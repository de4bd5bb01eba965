#pragma once

#include "base/failure.hpp"

#include <array>
#include <string>
#include <string_view>

namespace carillon {

/// The context of secrets of webhooks.
inline constexpr std::string_view webhook_secret_context = "webhook-secret";

/// Encrypts what must not be read out of a copy of the store, such as the secrets of webhooks, with
/// the node key: 32 random bytes in a file of their own, which backups of the store should not
/// hold. AES-256-GCM; a sealed text is
///
///     version      (1 byte, 1)
///     nonce        (12 bytes, random)
///     ciphertext   (as long as the plain text)
///     tag          (16 bytes)
///
/// and authenticates version and context too. With random nonces one key is good for 2^32 seals.
/// Immutable: any thread may use it.
class secret_box {
public:
  static constexpr size_t key_bytes = 32;

  /// Reads the key file; if it is missing, makes one atomically with mode 0600; see
  /// `read_or_make_key_file`. Errors, with a text for the operator: `forbidden` if group or others
  /// may use the file, `store_corrupt` if it is not a regular file of 32 bytes or of their base64,
  /// `store_unavailable` if it cannot be read or made.
  static expected<secret_box> open(const std::string& key_file);

  /// Identifies a key without revealing anything about it: 32 hexadecimal digits. Errors:
  /// `internal` if OpenSSL fails.
  expected<std::string> fingerprint() const;

  secret_box(const secret_box&) = default;
  secret_box& operator=(const secret_box&) = default;
  ~secret_box();

  /// `context` says what the text belongs to, e.g. a table and a row: it is not stored, and opening
  /// needs the same context, so that sealed texts cannot be swapped. Two seals of one text differ.
  /// Errors: `internal` if OpenSSL fails, for lack of memory or randomness.
  expected<std::string> seal(std::string_view plain, std::string_view context) const;

  /// Inverse of `seal`. Errors: `store_corrupt` if the text was sealed with another key or in
  /// another context, or is damaged; `internal` if OpenSSL fails.
  expected<std::string> open(std::string_view sealed, std::string_view context) const;

  /// A key for another use, 32 bytes: HMAC-SHA-256 of the purpose by the node key. The node key
  /// cannot be computed from it. Errors: `internal` if OpenSSL fails.
  expected<std::string> derived_key(std::string_view purpose) const;

private:
  explicit secret_box(std::string_view key);

  std::array<unsigned char, key_bytes> key_{};
};

} // namespace carillon
