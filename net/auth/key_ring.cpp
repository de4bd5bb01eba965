#include "net/auth/key_ring.hpp"

#include "base/crypto/sha256.hpp"
#include "base/text/hex.hpp"
#include "net/auth/bearer.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace carillon {

namespace {

constexpr std::string_view key_prefix = "ck_";
/// Longer texts cannot be keys and are not hashed.
constexpr size_t max_key_bytes = 128;
/// Between two notes of a key's use, in microseconds.
constexpr int64_t use_step = 60'000'000;

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

/// When a key was used, for as long as the ring has the key.
struct key_life {
  /// Microseconds; 0 = never.
  std::atomic<int64_t> used{0};
  /// What of it is stored, or was taken to be.
  int64_t told = 0;
};

struct key_ring::held {
  principal who;
  /// Empty if it is bound to none.
  std::string certificate;
  /// Microseconds; the greatest number = it has no end.
  int64_t end = std::numeric_limits<int64_t>::max();
  std::shared_ptr<key_life> life;
};

struct key_ring::ring {
  std::unordered_map<std::string, std::shared_ptr<const held>> by_hash;
  std::unordered_map<std::string, std::shared_ptr<const held>> by_certificate;
  std::unordered_map<uint64_t, std::shared_ptr<const held>> by_id;
};

key_ring::key_ring() : ring_(std::make_shared<const ring>()) {
}

void key_ring::replace(const std::vector<api_key>& keys) {
  const std::lock_guard lock{changing_};
  const auto former = ring_.load();
  auto next = std::make_shared<ring>();
  next->by_hash.reserve(keys.size());
  for (const auto& x : keys) {
    auto key = std::make_shared<held>();
    key->who = {.key_id = x.id,
                .role = x.role,
                .company_id = x.company_id,
                .key_name = x.name,
                .consumers = x.consumers,
                .subject = {},
                .break_glass = x.break_glass};
    key->certificate = x.certificate;
    if (x.expires_at)
      key->end = to_micros(*x.expires_at);
    if (auto known = former->by_hash.find(x.hash); known != former->by_hash.end()) {
      key->life = known->second->life;
    } else {
      key->life = std::make_shared<key_life>();
      key->life->told = x.last_used_at ? to_micros(*x.last_used_at) : 0;
      key->life->used = key->life->told;
    }
    if (!x.certificate.empty())
      next->by_certificate.insert_or_assign(x.certificate, key);
    next->by_id.insert_or_assign(x.id, key);
    next->by_hash.insert_or_assign(x.hash, std::move(key));
  }
  ring_.store(std::move(next));
}

std::vector<key_use> key_ring::take_uses() {
  const std::lock_guard lock{changing_};
  std::vector<key_use> out;
  const auto keys = ring_.load();
  for (const auto& [hash, key] : keys->by_hash) {
    const auto used = key->life->used.load(std::memory_order_relaxed);
    if (used == key->life->told)
      continue;
    key->life->told = used;
    out.push_back({key->who.key_id, from_micros(used)});
  }
  return out;
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
  if (found == keys->by_id.end() || to_micros(wall_clock_now()) >= found->second->end)
    return std::nullopt;
  return found->second->who;
}

expected<principal> key_ring::admitted(const held& key, timestamp now) {
  const auto micros = to_micros(now);
  if (micros >= key.end)
    return failure{ec::unauthenticated, "the API key has expired", {}};
  // A store to shared memory for each request would slow down all threads that use the key.
  auto& used = key.life->used;
  if (const auto last = used.load(std::memory_order_relaxed);
      micros - last >= use_step || micros < last)
    used.store(micros, std::memory_order_relaxed);
  return key.who;
}

expected<principal> key_ring::authenticate(std::string_view authorization,
                                           std::string_view certificate, timestamp now) const {
  auto who = authenticate_operator(authorization, certificate, now);
  if (who && who->break_glass)
    return failure{
      ec::unauthenticated, "this is a break-glass key, which opens the admin port only", {}};
  return who;
}

expected<principal> key_ring::authenticate_operator(std::string_view authorization,
                                                    std::string_view certificate,
                                                    timestamp now) const {
  if (everyone_.load(std::memory_order_relaxed))
    return principal{.key_id = 0, .role = role::admin, .company_id = {}};
  auto keys = ring_.load();
  if (authorization.empty()) {
    // Most clients show none.
    if (!certificate.empty())
      if (auto found = keys->by_certificate.find(std::string{certificate});
          found != keys->by_certificate.end())
        return admitted(*found->second, now);
    return failure{ec::unauthenticated, "send 'Authorization: Bearer ck_…' with an API key", {}};
  }
  auto token = bearer_token(authorization);
  if (judge_ && !token.empty() && !token.starts_with(key_prefix))
    return judge_->judge(token, now);
  if (!token.starts_with(key_prefix) || token.size() > max_key_bytes)
    return failure{ec::unauthenticated, "the Authorization header is not 'Bearer ck_…'", {}};
  // Looked up by its hash: an attacker could time the hash, not the key.
  static thread_local std::string hex;
  if (!hash_into(hex, token))
    return failure{ec::internal, "the API key could not be checked", {}};
  auto found = keys->by_hash.find(hex);
  if (found == keys->by_hash.end())
    return failure{ec::unauthenticated, "the API key is not known", {}};
  if (const auto& bound = found->second->certificate; !bound.empty() && bound != certificate)
    return failure{ec::unauthenticated,
                   "the API key is bound to a client certificate, which this connection has not "
                   "shown",
                   {}};
  return admitted(*found->second, now);
}

} // namespace carillon
