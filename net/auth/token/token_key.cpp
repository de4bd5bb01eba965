#include "net/auth/token/token_key.hpp"

#include "base/crypto/sha256.hpp"
#include "base/json/strict_json.hpp"
#include "net/auth/token/compact.hpp"
#include "net/auth/token/public_key.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace carillon {

namespace {

constexpr std::string_view name_of(token_algorithm x) noexcept {
  switch (x) {
  case token_algorithm::hs256:
    return "HS256";
  case token_algorithm::rs256:
    return "RS256";
  case token_algorithm::es256:
    return "ES256";
  case token_algorithm::eddsa:
    return "EdDSA";
  }
  return {};
}

/// True for a text that looks like a key in a text format, which is public or will be handled as if
/// it were.
bool is_key_text(std::string_view bytes) noexcept {
  return bytes.find("-----BEGIN ") != std::string_view::npos || bytes.starts_with("ssh-")
         || bytes.starts_with("ecdsa-sha2-");
}

/// The bytes of a member in base64url.
std::optional<std::string> bytes_in(const rapidjson::Value& jwk, const char* name) {
  auto text = find_text(jwk, name);
  return text ? from_base64url(*text) : std::nullopt;
}

/// RFC 7517 sections 4.2 to 4.5: every present member must allow the use of the key.
bool is_for(token_algorithm algorithm, const rapidjson::Value& jwk) {
  const auto agrees = [&](const char* name, std::string_view value) {
    return find_member(jwk, name) == nullptr || find_text(jwk, name) == value;
  };
  if (!agrees("use", "sig") || !agrees("alg", name_of(algorithm)))
    return false;
  if (const auto* kid = find_member(jwk, "kid"); kid != nullptr && !kid->IsString())
    return false;
  const auto* operations = find_member(jwk, "key_ops");
  return operations == nullptr
         || (operations->IsArray()
             && std::any_of(operations->Begin(), operations->End(),
                            [](const auto& x) { return x.IsString() && view_of(x) == "verify"; }));
}

bool verify_hmac(std::string_view secret, std::string_view text, std::string_view signature) {
  const auto mac = try_hmac_sha256(secret, text);
  return mac && signature.size() == mac->size()
         && CRYPTO_memcmp(mac->data(), signature.data(), mac->size()) == 0;
}

} // namespace

std::optional<token_algorithm> token_algorithm_of(std::string_view name) noexcept {
  for (auto x : {token_algorithm::hs256, token_algorithm::rs256, token_algorithm::es256,
                 token_algorithm::eddsa})
    if (name == name_of(x))
      return x;
  return std::nullopt;
}

std::optional<token_key> token_key::from_secret(std::string bytes) {
  if (bytes.size() < min_secret_bytes || is_key_text(bytes))
    return std::nullopt;
  token_key out{token_algorithm::hs256};
  out.secret_ = std::move(bytes);
  return out;
}

std::optional<token_key> token_key::from_jwk(const rapidjson::Value& jwk) {
  auto kind = find_text(jwk, "kty");
  std::optional<token_key> out;
  if (kind == "oct")
    out = from_oct(jwk);
  else if (kind == "RSA")
    out = from_rsa(jwk);
  else if (kind == "EC")
    out = from_ec(jwk);
  else if (kind == "OKP")
    out = from_okp(jwk);
  if (!out || !is_for(out->algorithm_, jwk))
    return std::nullopt;
  if (auto kid = find_text(jwk, "kid"))
    out->kid_ = std::string{*kid};
  return out;
}

std::optional<token_key> token_key::from_oct(const rapidjson::Value& jwk) {
  auto bytes = bytes_in(jwk, "k");
  if (!bytes)
    return std::nullopt;
  return from_secret(std::move(*bytes));
}

std::optional<token_key> token_key::from_rsa(const rapidjson::Value& jwk) {
  auto modulus = bytes_in(jwk, "n");
  auto exponent = bytes_in(jwk, "e");
  if (!modulus || !exponent)
    return std::nullopt;
  token_key out{token_algorithm::rs256};
  out.public_key_ = make_rsa_key(*modulus, *exponent);
  return out.public_key_ ? std::optional{std::move(out)} : std::nullopt;
}

std::optional<token_key> token_key::from_ec(const rapidjson::Value& jwk) {
  auto x = bytes_in(jwk, "x");
  auto y = bytes_in(jwk, "y");
  if (find_text(jwk, "crv") != "P-256" || !x || !y)
    return std::nullopt;
  token_key out{token_algorithm::es256};
  out.public_key_ = make_p256_key(*x, *y);
  return out.public_key_ ? std::optional{std::move(out)} : std::nullopt;
}

std::optional<token_key> token_key::from_okp(const rapidjson::Value& jwk) {
  auto x = bytes_in(jwk, "x");
  if (find_text(jwk, "crv") != "Ed25519" || !x)
    return std::nullopt;
  token_key out{token_algorithm::eddsa};
  out.public_key_ = make_ed25519_key(*x);
  return out.public_key_ ? std::optional{std::move(out)} : std::nullopt;
}

bool token_key::is_same(const token_key& x) const {
  if (algorithm_ != x.algorithm_ || kid_ != x.kid_)
    return false;
  if (algorithm_ == token_algorithm::hs256)
    return secret_ == x.secret_;
  return EVP_PKEY_eq(public_key_.get(), x.public_key_.get()) == 1;
}

bool token_key::verifies(std::string_view text, std::string_view signature) const {
  switch (algorithm_) {
  case token_algorithm::hs256:
    return verify_hmac(secret_, text, signature);
  case token_algorithm::rs256:
    return verify_sha256(public_key_, text, signature);
  case token_algorithm::eddsa:
    return verify_ed25519(public_key_, text, signature);
  case token_algorithm::es256:
    auto der = der_of_p256_signature(signature);
    return der && verify_sha256(public_key_, text, *der);
  }
  return false;
}

} // namespace carillon
