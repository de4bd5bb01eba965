#pragma once

#include "base/crypto/sha256_stream.hpp"
#include "base/failure.hpp"
#include "base/time.hpp"
#include "net/auth/key_ring.hpp"
#include "net/auth/portal_right.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace carillon {

/// What a portal token says.
struct portal_pass {
  /// 16 hexadecimal digits, for the audit log.
  std::string id;
  /// Never empty.
  std::string company_id;
  /// The API key with which the application made it; 0 under `--dev`.
  uint64_t key_id = 0;
  /// The person for whom the application made it; may be empty.
  std::string person;
  portal_rights may;
  timestamp expires_at;
};

/// How many tokens there may be that have not ended, made since the start of the node.
struct portal_token_limits {
  size_t of_company = 1'000;
  /// Of all companies.
  size_t all = 50'000;
};

/// Tokens that an application gives to the browsers of a company, for the portal. A token is
///
///     pt_ BASE64URL(JSON) . BASE64URL(HMAC-SHA-256 over all before the dot)
///
/// so that nobody without the node's key makes or changes one, and every node with the same key
/// file accepts it. It is not stored. It ends at its time, or with the API key that made it.
/// Thread-safe.
class portal_tokens {
public:
  /// See `secret_box::derived_key`.
  static constexpr std::string_view key_purpose = "portal-token";
  static constexpr std::chrono::seconds longest{3'600};
  static constexpr std::string_view prefix = "pt_";

  /// @param key 32 bytes
  /// @param keys the API keys that the node accepts; outlives this
  portal_tokens(std::string_view key, const key_ring& keys, portal_token_limits most = {},
                std::function<timestamp()> now = wall_clock_now);

  struct made {
    std::string token;
    portal_pass pass;
  };

  /// Makes a token for the rest of `x`; sets id and end. Errors: `quota_exceeded` (of the company),
  /// `overloaded` (of all), `forbidden` (not made by an API key), `internal` (no random numbers).
  /// @param lifetime at most `longest`
  expected<made> make(portal_pass x, std::chrono::seconds lifetime);

  /// Frees the place of a token that nobody got.
  void take_back(const portal_pass& x);

  /// What the token of an `Authorization` field (`Bearer pt_…`) says. Errors: `unauthenticated`,
  /// the same for every fault but a token that has ended.
  expected<portal_pass> verify(std::string_view authorization) const;

private:
  bool holds(const portal_pass& x) const;
  void forget_ended(timestamp now);
  void release(std::multimap<timestamp, std::string>::iterator x);

  hmac_sha256_key key_;
  const key_ring& keys_;
  const portal_token_limits most_;
  std::function<timestamp()> now_;
  /// Guards what follows.
  std::mutex guard_;
  /// Companies by the ends of their tokens.
  std::multimap<timestamp, std::string> ends_;
  std::unordered_map<std::string, size_t> of_company_;
};

} // namespace carillon
