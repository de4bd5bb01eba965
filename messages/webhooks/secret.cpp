#include "messages/webhooks/secret.hpp"

#include "base/crypto/ed25519.hpp"
#include "base/text/base64.hpp"

#include <openssl/rand.h>

namespace carillon {

namespace {

constexpr std::string_view hmac_prefix = "whsec_";
constexpr std::string_view private_prefix = "whsk_";
constexpr std::string_view public_prefix = "whpk_";

constexpr size_t min_hmac_bytes = 24;
constexpr size_t max_hmac_bytes = 64;
constexpr size_t new_hmac_bytes = 32;
constexpr size_t ed25519_bytes = 32;

failure refusal(std::string detail) {
  return {ec::invalid_argument, std::move(detail), "secret"};
}

expected<webhook_secret> hmac_of(std::string bytes) {
  if (bytes.size() < min_hmac_bytes || bytes.size() > max_hmac_bytes)
    return refusal("a secret whsec_… holds 24 to 64 bytes, this one "
                   + std::to_string(bytes.size()));
  return webhook_secret{webhook_secret_kind::hmac, std::move(bytes)};
}

expected<webhook_secret> private_key_of(std::string bytes) {
  if (bytes.size() != ed25519_bytes && bytes.size() != 2 * ed25519_bytes)
    return refusal("a private key whsk_… holds 64 bytes (the seed and the public key) or 32 (the "
                   "seed), this one "
                   + std::to_string(bytes.size()));
  auto stated = bytes.substr(ed25519_bytes);
  bytes.resize(ed25519_bytes);
  webhook_secret out{webhook_secret_kind::ed25519, std::move(bytes)};
  if (stated.empty())
    return out;
  auto right = ed25519_public_key(out.bytes);
  if (!right)
    return right.error();
  if (stated != *right)
    return refusal("the second half of the private key whsk_… is not the public key of the first");
  return out;
}

expected<webhook_secret> public_key_of(std::string bytes) {
  if (bytes.size() != ed25519_bytes)
    return refusal("a public key whpk_… holds 32 bytes, this one " + std::to_string(bytes.size()));
  return webhook_secret{webhook_secret_kind::ed25519_public, std::move(bytes)};
}

/// Takes the prefix off; false if the text does not begin with it.
bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

} // namespace

expected<webhook_secret> make_webhook_secret(webhook_secret_kind kind) {
  std::string bytes(kind == webhook_secret_kind::hmac ? new_hmac_bytes : ed25519_bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))
      != 1)
    return failure{ec::internal, "OpenSSL has no randomness", {}};
  return webhook_secret{kind, std::move(bytes)};
}

expected<webhook_secret> parse_webhook_key(std::string_view text) {
  auto* make = &hmac_of;
  if (skip(text, private_prefix))
    make = &private_key_of;
  else if (skip(text, public_prefix))
    make = &public_key_of;
  else if (!skip(text, hmac_prefix))
    return refusal("a secret begins with whsec_, a private key with whsk_");
  auto bytes = from_base64(text);
  if (!bytes)
    return refusal("what follows the prefix is not base64 with padding");
  return make(std::move(*bytes));
}

expected<webhook_secret> parse_webhook_secret(std::string_view text) {
  if (text.starts_with(public_prefix))
    return refusal("a public key whpk_… cannot sign; give the private key whsk_…");
  return parse_webhook_key(text);
}

expected<std::string> to_text(const webhook_secret& x) {
  switch (x.kind) {
  case webhook_secret_kind::hmac:
    return std::string{hmac_prefix} + to_base64(x.bytes);
  case webhook_secret_kind::ed25519: {
    auto known = ed25519_public_key(x.bytes);
    if (!known)
      return known;
    return std::string{private_prefix} + to_base64(x.bytes + *known);
  }
  case webhook_secret_kind::ed25519_public:
    break;
  }
  return public_text(x);
}

expected<std::string> public_text(const webhook_secret& x) {
  if (x.kind == webhook_secret_kind::hmac)
    return std::string{};
  auto known = x.kind == webhook_secret_kind::ed25519 ? ed25519_public_key(x.bytes)
                                                      : expected<std::string>{x.bytes};
  if (!known)
    return known;
  return std::string{public_prefix} + to_base64(*known);
}

} // namespace carillon
