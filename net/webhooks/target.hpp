#pragma once

#include "base/failure.hpp"
#include "net/webhooks/address_guard.hpp"
#include "net/webhooks/own_ports.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::http {

/// The target of a URL, as the client reads it.
struct target {
  /// The URL as it is called: ASCII, an internationalized host as A-labels (RFC 5891).
  std::string url;
  /// Lower case; an IPv6 address within brackets.
  std::string host;
  uint16_t port = 0;
  bool tls = false;

  /// Scheme, host and port; URLs with the same one share connections.
  std::string origin() const;
};

/// Parses the URL of a receiver: absolute, `http` or `https`, at most 8 KiB, without credentials,
/// with a host that a resolver can look up or that is an address, and a port of 1–65535. The only
/// parser of such URLs: code that accepts URLs uses it, and so does the client before it sends, so
/// that every accepted URL can be called. Errors: `invalid_argument`, field `url`, with a sentence
/// in ASCII.
expected<target> parse_target(std::string_view url);

/// Rules for targets that a client may call.
struct target_rules {
  /// Public addresses only.
  const address_guard* common = nullptr;
  /// Also those that the operator permits to requests with `private_targets`.
  const address_guard* permitted = nullptr;
  const own_ports* own = nullptr;
  bool allow_http = false;

  const address_guard& guard(bool private_targets) const noexcept {
    return private_targets ? *permitted : *common;
  }
};

/// Checks whether the client would call it, without looking up a name. Literal addresses, in the
/// spellings that a resolver would take, and names of loopback are checked here already, since a
/// proxy would not check them. Errors: `invalid_argument` (http is not allowed), `forbidden` (the
/// address), field `url`.
expected<void> judge_target(const target& x, const target_rules& rules, bool private_targets);

} // namespace carillon::http
