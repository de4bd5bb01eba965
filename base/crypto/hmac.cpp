#include "base/crypto/hmac.hpp"

#include "base/crypto/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <array>

namespace carillon {

std::optional<std::string> try_hmac(hmac_digest digest, std::string_view key,
                                    std::string_view text) {
  const auto* algorithm = digest == hmac_digest::sha1     ? EVP_sha1()
                          : digest == hmac_digest::sha512 ? EVP_sha512()
                                                          : EVP_sha256();
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  // An empty key is no null pointer: OpenSSL would take the key from before.
  static constexpr unsigned char none = 0;
  const auto* bytes = key.empty() ? &none : bytes_of(key);
  if (HMAC(algorithm, bytes, static_cast<int>(key.size()), bytes_of(text), text.size(), out.data(),
           &size)
      == nullptr)
    return std::nullopt;
  return std::string{reinterpret_cast<const char*>(out.data()), size};
}

bool equals_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace carillon
