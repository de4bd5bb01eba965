#pragma once

#include "base/failure.hpp"
#include "messages/access/api_key.hpp"
#include "messages/access/principal.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
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

  /// Replaces all keys.
  void replace(const std::vector<api_key>& keys);

  /// From now on every caller is an unbound admin; for `--dev` on loopback.
  void admit_everyone();

  bool admits_everyone() const noexcept {
    return everyone_.load(std::memory_order_relaxed);
  }

  /// The principal of this `Authorization` header value (`Bearer ck_…`), or without one of the
  /// client's certificate. Errors: `unauthenticated` for a missing, malformed or unknown one, and
  /// for a key that is bound to another certificate.
  /// @param certificate see `tls_session::fingerprint`; empty = the client has shown none
  expected<principal> authenticate(std::string_view authorization,
                                   std::string_view certificate = {}) const;

  /// The principal of the key with this id, while the key is accepted: what was made with a key
  /// ends with it. Of 0, that of `admit_everyone`, which accepts no other.
  std::optional<principal> find(uint64_t id) const;

private:
  struct ring;

  std::atomic<std::shared_ptr<const ring>> ring_;
  std::atomic<bool> everyone_{false};
};

} // namespace carillon
