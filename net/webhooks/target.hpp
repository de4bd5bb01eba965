#pragma once

#include "base/failure.hpp"
#include "net/own_ports.hpp"
#include "net/webhooks/address_guard.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::http {

/// Where a URL leads, as the client will understand it.
struct target {
  /// As it is called: ASCII, a host of other letters as its A-labels (RFC 5891).
  std::string url;
  /// Lower case; an IPv6 address within brackets.
  std::string host;
  uint16_t port = 0;
  bool tls = false;

  /// Scheme, host and port; URLs with the same one share connections.
  std::string origin() const;
};

/// Takes apart the URL of a receiver: absolute, `http` or `https`, at most 8 KiB, without
/// credentials, with a host that a resolver can look up or that is an address, and a port of
/// 1–65535. The one reading of URLs: whoever takes URLs in asks it, and the client before it sends,
/// so that what was taken in can be called.
/// Errors: `invalid_argument`, field `url`, with a sentence in ASCII.
expected<target> parse_target(std::string_view url);

/// What a client may call.
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

/// Whether the client would call it, as far as that can be told without looking up a name. Literal
/// addresses, in the spellings that a resolver would take, and names of loopback are judged here
/// already: a proxy would not.
/// Errors: `invalid_argument` (http is not allowed), `forbidden` (the address), field `url`.
expected<void> judge_target(const target& x, const target_rules& rules, bool private_targets);

} // namespace carillon::http
