#include "base/crypto/sha256.hpp"

#include "base/text/hex.hpp"

#include <openssl/sha.h>

#include <array>

namespace carillon {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
  return to_hex(hash);
}

} // namespace carillon
