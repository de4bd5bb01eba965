#include "net/auth/key_ring.hpp"

#include "base/crypto/sha256.hpp"
#include "base/text/hex.hpp"
#include "net/auth/bearer.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace carillon {

namespace {

constexpr std::string_view key_prefix = "ck_";
/// Longer texts cannot be keys and are not hashed.
constexpr size_t max_key_bytes = 128;

/// Writes the hash of `key` to `hex`, which keeps its memory; false if OpenSSL fails.
bool hash_into(std::string& hex, std::string_view key) {
  hex.clear();
  const auto hash = try_sha256({key});
  if (!hash)
    return false;
  append_hex(hex, *hash);
  return true;
}

} // namespace

expected<std::string> key_ring::make_key() {
  constexpr std::string_view digits
    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr size_t length = 43; // 62^43 > 2^256
  std::array<unsigned char, 32> number{};
  if (RAND_bytes(number.data(), static_cast<int>(number.size())) != 1)
    return failure{ec::internal, "the system has no random numbers for a key", {}};
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
  return sha256_hex(key);
}

struct key_ring::ring {
  struct held {
    principal who;
    /// Empty if it is bound to none.
    std::string certificate;
  };

  std::unordered_map<std::string, held> by_hash;
  std::unordered_map<std::string, principal> by_certificate;
  std::unordered_map<uint64_t, principal> by_id;
};

key_ring::key_ring() : ring_(std::make_shared<const ring>()) {
}

void key_ring::replace(const std::vector<api_key>& keys) {
  auto next = std::make_shared<ring>();
  next->by_hash.reserve(keys.size());
  for (const auto& x : keys) {
    principal who{.key_id = x.id,
                  .role = x.role,
                  .company_id = x.company_id,
                  .key_name = x.name,
                  .consumers = x.consumers};
    next->by_id.insert_or_assign(x.id, who);
    if (!x.certificate.empty())
      next->by_certificate.insert_or_assign(x.certificate, who);
    next->by_hash.insert_or_assign(x.hash, ring::held{std::move(who), x.certificate});
  }
  ring_.store(std::move(next));
}

void key_ring::admit_everyone() {
  everyone_.store(true);
}

std::optional<principal> key_ring::find(uint64_t id) const {
  if (everyone_.load(std::memory_order_relaxed))
    return id == 0 ? std::optional{principal{.key_id = 0, .role = role::admin, .company_id = {}}}
                   : std::nullopt;
  auto keys = ring_.load();
  auto found = keys->by_id.find(id);
  return found == keys->by_id.end() ? std::nullopt : std::optional{found->second};
}

expected<principal> key_ring::authenticate(std::string_view authorization,
                                           std::string_view certificate) const {
  if (everyone_.load(std::memory_order_relaxed))
    return principal{.key_id = 0, .role = role::admin, .company_id = {}};
  auto keys = ring_.load();
  if (authorization.empty()) {
    // Most clients show none.
    if (!certificate.empty())
      if (auto found = keys->by_certificate.find(std::string{certificate});
          found != keys->by_certificate.end())
        return found->second;
    return failure{ec::unauthenticated, "send 'Authorization: Bearer ck_…' with an API key", {}};
  }
  auto token = bearer_token(authorization);
  if (!token.starts_with(key_prefix) || token.size() > max_key_bytes)
    return failure{ec::unauthenticated, "the Authorization header is not 'Bearer ck_…'", {}};
  // Looked up by its hash: an attacker could time the hash, not the key.
  static thread_local std::string hex;
  if (!hash_into(hex, token))
    return failure{ec::internal, "the API key could not be checked", {}};
  auto found = keys->by_hash.find(hex);
  if (found == keys->by_hash.end())
    return failure{ec::unauthenticated, "the API key is not known", {}};
  if (const auto& bound = found->second.certificate; !bound.empty() && bound != certificate)
    return failure{ec::unauthenticated,
                   "the API key is bound to a client certificate, which this connection has not "
                   "shown",
                   {}};
  return found->second.who;
}

} // namespace carillon
