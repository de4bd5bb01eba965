#include "net/sso/tokens.hpp"

#include "base/text/base64.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace carillon::sso {

std::string to_base64url(std::string_view bytes) {
  auto out = to_base64(bytes);
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  out.erase(std::min(out.find('='), out.size()));
  return out;
}

expected<std::string> random_bytes(size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
    return failure{ec::internal, "the system has no random numbers", {}};
  return out;
}

bool equal_in_constant_time(std::string_view x, std::string_view y) noexcept {
  return x.size() == y.size() && CRYPTO_memcmp(x.data(), y.data(), x.size()) == 0;
}

} // namespace carillon::sso
