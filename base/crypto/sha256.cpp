#include "base/crypto/sha256.hpp"

#include "base/crypto/openssl.hpp"
#include "base/text/hex.hpp"

#include <openssl/hmac.h>

#include <stdexcept>

namespace carillon {

namespace {

struct digest_tools {
  evp_md_ptr algorithm;
  evp_md_ctx_ptr context;

  /// Tries again if there was no memory before.
  bool are_there() noexcept {
    if (!algorithm)
      algorithm.reset(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    if (!context)
      context.reset(EVP_MD_CTX_new());
    return algorithm && context;
  }
};

sha256_digest checked(const std::optional<sha256_digest>& x) {
  if (!x)
    throw std::runtime_error("OpenSSL failed at SHA-256");
  return *x;
}

} // namespace

std::optional<sha256_digest> try_sha256(std::initializer_list<std::string_view> pieces) noexcept {
  static thread_local digest_tools tools;
  if (!tools.are_there()
      || EVP_DigestInit_ex2(tools.context.get(), tools.algorithm.get(), nullptr) != 1)
    return std::nullopt;
  for (auto x : pieces)
    if (EVP_DigestUpdate(tools.context.get(), x.data(), x.size()) != 1)
      return std::nullopt;
  sha256_digest out{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(tools.context.get(), out.data(), &size) != 1 || size != out.size())
    return std::nullopt;
  return out;
}

sha256_digest sha256_of(std::initializer_list<std::string_view> pieces) {
  return checked(try_sha256(pieces));
}

std::optional<std::string> try_sha256_hex(std::string_view bytes) {
  const auto digest = try_sha256({bytes});
  return digest ? std::optional{to_hex(*digest)} : std::nullopt;
}

std::string sha256_hex(std::string_view bytes) {
  return to_hex(sha256_of({bytes}));
}

std::optional<sha256_digest> try_hmac_sha256(std::string_view key, std::string_view text) noexcept {
  sha256_digest out{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
           out.data(), &size)
        == nullptr
      || size != out.size())
    return std::nullopt;
  return out;
}

} // namespace carillon
