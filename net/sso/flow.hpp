#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace carillon::sso {

/// How long a sign-in may take, from our page to the provider's and back.
inline constexpr std::chrono::minutes flow_time{10};

/// One sign-in on its way: what the provider, and who comes back, have to know.
struct flow {
  /// Binds the answer to the browser that asked (RFC 6749 section 10.12).
  std::string state;
  /// Binds the ID token to the request (OpenID Connect Core, section 15.5.2).
  std::string nonce;
  /// Proves to the provider who asked (RFC 7636).
  std::string verifier;
};

/// The sign-ins on their way. A browser keeps its own, as a number in a cookie that this process
/// has signed; the rest is made of the number and a key of this process. So those
/// that begin and never end cost no memory here. Each ends once. Thread-safe.
class flow_book {
public:
  /// Errors: `internal` if the system has no random numbers.
  static expected<std::unique_ptr<flow_book>> make();

  struct begun {
    flow steps;
    std::string cookie;
  };

  /// Errors: `internal`.
  expected<begun> begin(timestamp now) const;

  /// Ends the sign-in of a cookie. Errors: `unauthenticated` if the cookie is missing, not of this
  /// process, or too old, the state is of another browser, or the sign-in ended before;
  /// `overloaded` if too many end.
  expected<flow> end(std::string_view cookie, std::string_view state, timestamp now);

private:
  explicit flow_book(std::string key) : key_(std::move(key)) {
  }

  expected<std::string> derived(std::string_view purpose, std::string_view of) const;
  expected<flow> steps_of(std::string_view id) const;
  expected<void> take(std::string_view id, timestamp now);

  const std::string key_;
  std::mutex mutex_;
  /// Those that ended, until their cookies are too old.
  std::unordered_map<std::string, timestamp> ended_;
};

} // namespace carillon::sso
