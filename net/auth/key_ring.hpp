#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/access/api_key.hpp"
#include "messages/access/principal.hpp"
#include "net/auth/bearer_judge.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// The API keys that this node accepts, and the certificates that stand for one. Look-ups take no
/// lock; a change replaces the whole ring. Thread-safe.
class key_ring {
public:
  /// Makes a new key: `ck_` and 256 random bits in base 62. Errors: `internal` if the system has no
  /// random numbers.
  static expected<std::string> make_key();

  /// SHA-256 of a key, lower case hex. Only this is stored. Throws std::runtime_error if OpenSSL
  /// fails; `authenticate` does not.
  static std::string hash_of(std::string_view key);

  key_ring();

  /// Replaces all keys. What is known of the uses of a key that stays, stays.
  void replace(const std::vector<api_key>& keys);

  /// From now on every caller is an unbound admin; for `--dev` on loopback.
  void admit_everyone();

  bool admits_everyone() const noexcept {
    return everyone_.load(std::memory_order_relaxed);
  }

  /// Who judges bearer credentials that are no API keys. Called once, before there are callers.
  void set_judge(std::shared_ptr<const bearer_judge> x) {
    judge_ = std::move(x);
  }

  /// The principal of this `Authorization` header value (`Bearer ck_…`), or without one of the
  /// client's certificate. Errors: `unauthenticated` for a missing, malformed, unknown or expired
  /// one, for a key that is bound to another certificate, and for a break-glass key, which opens
  /// the admin port only; those of the judge.
  /// @param certificate see `tls_session::fingerprint`; empty = the client has shown none
  expected<principal> authenticate(std::string_view authorization,
                                   std::string_view certificate = {},
                                   timestamp now = wall_clock_now()) const;

  /// The same on the admin port, where a break-glass key counts.
  expected<principal> authenticate_operator(std::string_view authorization,
                                            std::string_view certificate = {},
                                            timestamp now = wall_clock_now()) const;

  /// The keys that were used since the last call, each with about when. Of a key that is in use all
  /// the time there is a new one each minute.
  std::vector<key_use> take_uses();

  /// The principal of the key with this id, while the key is accepted: what was made with a key
  /// ends with it. Of 0, that of `admit_everyone`, which accepts no other.
  std::optional<principal> find(uint64_t id) const;

private:
  struct ring;
  struct held;

  static expected<principal> admitted(const held& key, timestamp now);

  std::atomic<std::shared_ptr<const ring>> ring_;
  std::atomic<bool> everyone_{false};
  std::shared_ptr<const bearer_judge> judge_;
  /// One `replace` or `take_uses` at a time.
  std::mutex changing_;
};

} // namespace carillon
