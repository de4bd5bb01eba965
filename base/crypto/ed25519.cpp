#include "base/crypto/ed25519.hpp"

#include "base/crypto/openssl.hpp"

namespace carillon {

namespace {

failure failed() {
  return {ec::internal, "OpenSSL failed at Ed25519", {}};
}

/// Null if it fails.
evp_pkey_ptr private_key(std::string_view seed) {
  return evp_pkey_ptr{
    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size())};
}

} // namespace

expected<std::string> ed25519_public_key(std::string_view seed) {
  auto key = private_key(seed);
  std::string out(32, '\0');
  auto size = out.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), bytes_of(out), &size) != 1)
    return failed();
  return out;
}

expected<std::string> ed25519_sign(std::string_view seed, std::string_view message) {
  auto key = private_key(seed);
  const evp_md_ctx_ptr context{EVP_MD_CTX_new()};
  std::string out(64, '\0');
  auto size = out.size();
  if (!key || !context
      || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1
      || EVP_DigestSign(context.get(), bytes_of(out), &size, bytes_of(message), message.size())
           != 1)
    return failed();
  return out;
}

bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
  const evp_pkey_ptr key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                     bytes_of(public_key), public_key.size())};
  if (!key || signature.size() != 64)
    return false;
  const evp_md_ctx_ptr context{EVP_MD_CTX_new()};
  return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1
         && EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                             bytes_of(message), message.size())
              == 1;
}

} // namespace carillon
