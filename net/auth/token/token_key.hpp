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

/// How a token may be signed (RFC 7518 section 3.1).
enum class token_algorithm : uint8_t {
  /// HMAC with SHA-256.
  hs256,
  /// RSASSA-PKCS1-v1_5 with SHA-256.
  rs256,
  /// ECDSA on P-256 with SHA-256.
  es256,
};

/// RFC 7518 section 3.2: a key of HS256 has as many bytes as its hash, at least.
inline constexpr size_t min_secret_bytes = 32;

/// The algorithm of that name, as a token's `alg` has it; empty for all others, `none` among them.
std::optional<token_algorithm> token_algorithm_of(std::string_view name) noexcept;

/// A key that verifies tokens, by the one algorithm that belongs to its kind: a token can't choose
/// how its key is used. Immutable but for `revoke`; safe to use from several threads.
class token_key {
public:
  /// HS256 with these bytes, without a `kid`. Empty if they are fewer than `min_secret_bytes`,
  /// which can be guessed from one token, or the text of a public key: everybody knows it, so that
  /// everybody could sign.
  static std::optional<token_key> from_secret(std::string bytes);

  /// From one JWK (RFC 7517 section 4), an object: `oct` of at least 32 bytes, `RSA` of 2,048 to
  /// 8,192 bits with an odd exponent from 3 to 64 bits, `EC` on P-256. Empty if it is of another
  /// kind, not valid, or not meant to verify signatures (`use`, `key_ops`, `alg`).
  static std::optional<token_key> from_jwk(const rapidjson::Value& jwk);

  token_algorithm algorithm() const noexcept {
    return algorithm_;
  }

  const std::optional<std::string>& kid() const noexcept {
    return kid_;
  }

  /// Whether it is the same key by the same name.
  bool is_same(const token_key& x) const;

  /// True until `revoke`; shared by the copies of the key, and by the sessions that it let in.
  std::shared_ptr<const std::atomic<bool>> holds() const noexcept {
    return holds_;
  }

  /// It is what it was before it was read anew: what it let in goes on.
  void succeed(const token_key& former) {
    holds_ = former.holds_;
  }

  void revoke() const noexcept {
    holds_->store(false, std::memory_order_release);
  }

  /// Whether the signature, in the form that a token carries, is this key's of the text.
  bool verifies(std::string_view text, std::string_view signature) const;

private:
  explicit token_key(token_algorithm algorithm) : algorithm_(algorithm) {
  }

  static std::optional<token_key> from_oct(const rapidjson::Value& jwk);
  static std::optional<token_key> from_rsa(const rapidjson::Value& jwk);
  static std::optional<token_key> from_ec(const rapidjson::Value& jwk);

  token_algorithm algorithm_;
  std::optional<std::string> kid_;
  /// hs256 only.
  std::string secret_;
  /// The others.
  std::shared_ptr<evp_pkey_st> public_key_;
  std::shared_ptr<std::atomic<bool>> holds_ = std::make_shared<std::atomic<bool>>(true);
};

} // namespace carillon
