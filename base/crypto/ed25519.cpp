#include "base/crypto/ed25519.hpp"

#include "base/crypto/openssl.hpp"

#include <stdexcept>

namespace carillon {

namespace {

[[noreturn]] void fail() {
  throw std::runtime_error("OpenSSL failed at Ed25519");
}

evp_pkey_ptr private_key(std::string_view seed) {
  evp_pkey_ptr key{
    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size())};
  if (!key)
    fail();
  return key;
}

evp_md_ctx_ptr new_context() {
  evp_md_ctx_ptr context{EVP_MD_CTX_new()};
  if (!context)
    fail();
  return context;
}

} // namespace

std::string ed25519_public_key(std::string_view seed) {
  auto key = private_key(seed);
  std::string out(32, '\0');
  auto size = out.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), bytes_of(out), &size) != 1)
    fail();
  return out;
}

std::string ed25519_sign(std::string_view seed, std::string_view message) {
  auto key = private_key(seed);
  auto context = new_context();
  std::string out(64, '\0');
  auto size = out.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1
      || EVP_DigestSign(context.get(), bytes_of(out), &size, bytes_of(message), message.size())
           != 1)
    fail();
  return out;
}

bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
  const evp_pkey_ptr key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                     bytes_of(public_key), public_key.size())};
  if (!key || signature.size() != 64)
    return false;
  auto context = new_context();
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1
         && EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                             bytes_of(message), message.size())
              == 1;
}

} // namespace carillon
