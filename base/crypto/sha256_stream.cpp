#include "base/crypto/sha256_stream.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

// OpenSSL 3 deprecates these functions in favour of those that look up the algorithm. That costs
// more than to hash a short text, and may fail.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace carillon {

namespace {

constexpr size_t sha256_block = 64;

static_assert(sizeof(SHA256_CTX) == 112 && alignof(SHA256_CTX) <= 8);

SHA256_CTX* context_of(std::array<unsigned char, 112>& x) noexcept {
  return reinterpret_cast<SHA256_CTX*>(x.data());
}

} // namespace

sha256_stream::sha256_stream() noexcept {
  SHA256_Init(context_of(state_));
}

sha256_stream& sha256_stream::add(std::string_view bytes) noexcept {
  SHA256_Update(context_of(state_), bytes.data(), bytes.size());
  return *this;
}

sha256_digest sha256_stream::finish() noexcept {
  sha256_digest out;
  SHA256_Final(out.data(), context_of(state_));
  return out;
}

hmac_sha256_key::hmac_sha256_key(std::string_view key) noexcept {
  std::array<char, sha256_block> pad{};
  if (key.size() > pad.size()) {
    const auto digest = sha256_stream{}.add(key).finish();
    std::copy(digest.begin(), digest.end(), pad.begin());
  } else {
    std::copy(key.begin(), key.end(), pad.begin());
  }
  const auto mask = [&](unsigned char x) {
    for (auto& c : pad)
      c = static_cast<char>(static_cast<unsigned char>(c) ^ x);
  };
  mask(0x36);
  inner_.add({pad.data(), pad.size()});
  mask(0x36 ^ 0x5c);
  outer_.add({pad.data(), pad.size()});
  OPENSSL_cleanse(pad.data(), pad.size());
}

sha256_digest hmac_sha256_key::of(std::string_view text) const noexcept {
  auto inner = inner_;
  const auto digest = inner.add(text).finish();
  auto outer = outer_;
  return outer.add(view_of(digest)).finish();
}

} // namespace carillon

#pragma GCC diagnostic pop
