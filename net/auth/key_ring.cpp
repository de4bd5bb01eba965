#include "net/auth/key_ring.hpp"

#include "base/text/ascii.hpp"
#include "base/text/hex.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace carillon {

namespace {

constexpr std::string_view key_prefix = "ck_";
constexpr size_t digest_bytes = 32;
/// Longer texts are no key of ours and not worth a hash.
constexpr size_t max_key_bytes = 128;

using digest = std::array<unsigned char, digest_bytes>;

/// A digest context that is made once per thread: fetching the algorithm costs more
/// than hashing a key.
class sha256 {
public:
  sha256() : md_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), ctx_(EVP_MD_CTX_new()) {
  }
  sha256(const sha256&) = delete;
  sha256& operator=(const sha256&) = delete;
  ~sha256() {
    EVP_MD_CTX_free(ctx_);
    EVP_MD_free(md_);
  }

  /// Returns false if OpenSSL fails, which needs a broken installation.
  bool operator()(std::string_view text, digest& out) noexcept {
    return md_ != nullptr && ctx_ != nullptr && EVP_DigestInit_ex2(ctx_, md_, nullptr) == 1
           && EVP_DigestUpdate(ctx_, text.data(), text.size()) == 1
           && EVP_DigestFinal_ex(ctx_, out.data(), nullptr) == 1;
  }

private:
  EVP_MD* md_;
  EVP_MD_CTX* ctx_;
};

/// Writes the hash of `key` to `hex`, which keeps its memory; false if OpenSSL fails.
bool hash_into(std::string& hex, std::string_view key) {
  static thread_local sha256 hash;
  digest raw{};
  hex.clear();
  if (!hash(key, raw))
    return false;
  append_hex(hex, raw);
  return true;
}

/// Returns what follows the scheme `Bearer` (RFC 6750 section 2.1; schemes are
/// case-insensitive), empty for another scheme.
std::string_view bearer_token(std::string_view authorization) noexcept {
  constexpr std::string_view scheme = "bearer";
  if (authorization.size() <= scheme.size())
    return {};
  if (!equals_ignoring_case(authorization.substr(0, scheme.size()), scheme))
    return {};
  authorization.remove_prefix(scheme.size());
  if (authorization.front() != ' ')
    return {};
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization;
}

} // namespace

std::string key_ring::make_key() {
  constexpr std::string_view digits
    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr size_t length = 43; // 62^43 > 2^256
  digest number{};
  if (RAND_bytes(number.data(), static_cast<int>(number.size())) != 1)
    throw std::runtime_error("no random numbers for a key");
  std::string out{key_prefix};
  for (size_t i = 0; i < length; ++i) {
    // Long division of the big-endian number by 62; the remainder is the next digit.
    unsigned remainder = 0;
    for (auto& byte : number) {
      auto value = remainder * 256U + byte;
      byte = static_cast<unsigned char>(value / digits.size());
      remainder = static_cast<unsigned>(value % digits.size());
    }
    out += digits[remainder];
  }
  return out;
}

std::string key_ring::hash_of(std::string_view key) {
  std::string out;
  if (!hash_into(out, key))
    throw std::runtime_error("SHA-256 is not available");
  return out;
}

key_ring::key_ring() : ring_(std::make_shared<const ring>()) {
}

void key_ring::replace(const std::vector<api_key>& keys) {
  auto next = std::make_shared<ring>();
  next->reserve(keys.size());
  for (const auto& x : keys)
    next->insert_or_assign(
      x.hash,
      principal{.key_id = x.id, .role = x.role, .company_id = x.company_id, .key_name = x.name});
  ring_.store(std::move(next));
}

void key_ring::admit_everyone() {
  everyone_.store(true);
}

expected<principal> key_ring::authenticate(std::string_view authorization) const {
  if (everyone_.load(std::memory_order_relaxed))
    return principal{.key_id = 0, .role = role::admin, .company_id = {}};
  if (authorization.empty())
    return failure{ec::unauthenticated, "send 'Authorization: Bearer ck_…' with an API key", {}};
  auto token = bearer_token(authorization);
  if (!token.starts_with(key_prefix) || token.size() > max_key_bytes)
    return failure{ec::unauthenticated, "the Authorization header is not 'Bearer ck_…'", {}};
  // Looked up by its hash: what an attacker could time is the hash, not the key.
  static thread_local std::string hex;
  if (!hash_into(hex, token))
    return failure{ec::internal, "the API key could not be checked", {}};
  auto keys = ring_.load();
  if (auto found = keys->find(hex); found != keys->end())
    return found->second;
  return failure{ec::unauthenticated, "the API key is not known", {}};
}

} // namespace carillon
