// JSON Web Tokens from untrusted input: no token passes without the key; and signed claims make an
// identity, or are rejected.

#include "base/text/utf8.hpp"
#include "fuzz/require.hpp"
#include "net/auth/token/token_verifier.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace carillon;

namespace {

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

std::string base64url(std::string_view x) {
  std::string out(4 * ((x.size() + 2) / 3) + 1, '\0');
  auto size
    = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(x.data()), static_cast<int>(x.size()));
  out.resize(static_cast<size_t>(size));
  while (out.ends_with('='))
    out.pop_back();
  for (auto& c : out)
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::string sign(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  return text + '.' + base64url({reinterpret_cast<const char*>(mac.data()), size});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto verifier = *token_verifier::open({.secret = std::string{secret}});
  if (size < 1)
    return 0;
  std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto now = timestamp{} + std::chrono::seconds{1'800'000'000};
  if (data[0] % 3 == 0) {
    // Unchanged: a valid signature cannot be guessed.
    auto found = verifier->verify(text, now);
    fuzz::require(!found);
    fuzz::require(found.error().code == ec::unauthenticated);
    return 0;
  }
  // Signed header, or signed claims.
  static const auto header = base64url(R"({"alg":"HS256"})");
  static const auto claims = base64url(R"({"sub":"u-1","exp":1900000000})");
  auto token = data[0] % 3 == 1 ? sign(header + '.' + base64url(text))
                                : sign(base64url(text) + '.' + claims);
  auto found = verifier->verify(token, now);
  if (!found)
    fuzz::require(found.error().code == ec::unauthenticated && is_utf8(found.error().detail));
  else
    fuzz::require((!found->who.user_id.empty() || !found->who.company_id.empty())
                  && is_utf8(found->who.user_id) && is_utf8(found->who.company_id));
  return 0;
}
