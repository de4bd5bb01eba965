#pragma once

#include "base/failure.hpp"
#include "messages/access/principal.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace carillon::sso {

/// Who has signed in, by the token in the cookie of the browser. In memory: a node that starts
/// again asks everybody to sign in again, and what ends here has ended. Bounded. Thread-safe.
class session_table {
public:
  using clock = std::chrono::steady_clock;

  /// Sessions in all, and of one subject, whose oldest makes room for one more.
  static constexpr size_t max_sessions = 10'000;
  static constexpr size_t max_of_subject = 20;

  /// Begins a session, and returns the token, which nothing else has. Errors: `overloaded`,
  /// `internal` if the system has no random numbers.
  expected<std::string> begin(principal who, clock::time_point now, clock::time_point end);

  /// Empty for a token of nobody, or one that has ended.
  std::optional<principal> find(std::string_view token, clock::time_point now) const;

  /// Ends a session, and returns whose it was; empty if there is none.
  std::optional<principal> end(std::string_view token);

private:
  struct entry {
    principal who;
    clock::time_point begun;
    clock::time_point end;
  };

  void make_room(const principal& who, clock::time_point now);

  mutable std::mutex mutex_;
  /// By the SHA-256 of the token: an attacker could time the look-up of a hash, not of the token.
  std::unordered_map<std::string, entry> entries_;
};

} // namespace carillon::sso
