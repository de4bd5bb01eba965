#pragma once

#include <rapidjson/fwd.h>

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

/// The algorithm of that name, as a token's `alg` has it; empty for all others, `none` among them.
std::optional<token_algorithm> token_algorithm_of(std::string_view name) noexcept;

/// A key that verifies tokens, by the one algorithm that belongs to its kind: a token can't choose
/// how its key is used. Immutable, so safe to use from several threads.
class token_key {
public:
  /// HS256 with these bytes, without a `kid`. Empty if there are none, or if they are the text of a
  /// public key: everybody knows it, so that everybody could sign.
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
};

} // namespace carillon
