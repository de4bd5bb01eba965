#pragma once

#include <rapidjson/fwd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace carillon {

/// Signature algorithm of a token (RFC 7518 section 3.1).
enum class token_algorithm : uint8_t {
  /// HMAC with SHA-256.
  hs256,
  /// RSASSA-PKCS1-v1_5 with SHA-256.
  rs256,
  /// ECDSA on P-256 with SHA-256.
  es256,
  /// Ed25519 (RFC 8037); `EdDSA` in a token.
  eddsa,
};

/// RFC 7518 section 3.2: a key of HS256 has at least as many bytes as its hash.
inline constexpr size_t min_secret_bytes = 32;

/// The algorithm named by a token's `alg`; empty for all others, including `none`.
std::optional<token_algorithm> token_algorithm_of(std::string_view name) noexcept;

/// A key that verifies tokens, by the only algorithm of its kind: a token cannot choose how its key
/// is used. Immutable except for `revoke`; safe to use from several threads.
class token_key {
public:
  /// HS256 with these bytes, without a `kid`. Empty if there are fewer than `min_secret_bytes`,
  /// which can be guessed from one token. Also empty for the text of a public key, with which
  /// anybody could sign.
  static std::optional<token_key> from_secret(std::string bytes);

  /// From one JWK (RFC 7517 section 4), an object: `oct` of at least 32 bytes, `RSA` of 2,048 to
  /// 8,192 bits with an odd exponent from 3 to 64 bits, `EC` on P-256, `OKP` of Ed25519. Empty if
  /// it is of another kind, invalid, or not meant to verify signatures (`use`, `key_ops`, `alg`).
  static std::optional<token_key> from_jwk(const rapidjson::Value& jwk);

  token_algorithm algorithm() const noexcept {
    return algorithm_;
  }

  const std::optional<std::string>& kid() const noexcept {
    return kid_;
  }

  /// True for the same key with the same name.
  bool is_same(const token_key& x) const;

  /// True until `revoke`; shared by the copies of the key and by the sessions that it
  /// authenticated.
  std::shared_ptr<const std::atomic<bool>> holds() const noexcept {
    return holds_;
  }

  /// Continues an equal key of the previous set, so that its sessions stay open.
  void succeed(const token_key& former) {
    holds_ = former.holds_;
  }

  void revoke() const noexcept {
    holds_->store(false, std::memory_order_release);
  }

  /// True if the signature, in the form that a token carries, is by this key over the text.
  bool verifies(std::string_view text, std::string_view signature) const;

private:
  explicit token_key(token_algorithm algorithm) : algorithm_(algorithm) {
  }

  static std::optional<token_key> from_oct(const rapidjson::Value& jwk);
  static std::optional<token_key> from_rsa(const rapidjson::Value& jwk);
  static std::optional<token_key> from_ec(const rapidjson::Value& jwk);
  static std::optional<token_key> from_okp(const rapidjson::Value& jwk);

  token_algorithm algorithm_;
  std::optional<std::string> kid_;
  /// hs256 only.
  std::string secret_;
  /// The others.
  std::shared_ptr<evp_pkey_st> public_key_;
  std::shared_ptr<std::atomic<bool>> holds_ = std::make_shared<std::atomic<bool>>(true);
};

} // namespace carillon
