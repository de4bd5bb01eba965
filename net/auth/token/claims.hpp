#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/sessions/session.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// What claims are held against.
struct claim_rules {
  /// What `iss` has to be; empty = anything, or nothing.
  std::string issuer;
  /// What `aud` has to be or hold; empty = anything, or nothing.
  std::string audience;
  /// By how much the issuer's clock may differ.
  std::chrono::milliseconds leeway{60'000};
};

/// Reads the claims of a token whose signature is verified (RFC 7519 section 4): `sub` is the
/// user, `company` the company; one of them at least. A session ends when the token does, at `exp`;
/// one that begins later, within the leeway, ends with the leeway.
/// Errors: `unauthenticated`, with what is wrong with which claim; it repeats nothing of it.
expected<session_identity> read_claims(std::string_view json, const claim_rules& rules,
                                       timestamp now);

} // namespace carillon
