#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/sessions/session.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Rules by which claims are checked.
struct claim_rules {
  /// Required `iss`; empty = any or none.
  std::string issuer;
  /// `aud` must equal or contain this; empty = any or none.
  std::string audience;
  /// Largest difference of the issuer's clock.
  std::chrono::milliseconds leeway{60'000};
};

/// Reads the claims of a token whose signature is verified (RFC 7519 section 4): `sub` is the user,
/// `company` the company; at least one is required. A session ends when the token does, at `exp`;
/// one that begins later, within the leeway, ends with the leeway. Errors: `unauthenticated`, which
/// names the claim and its fault but not its value.
expected<session_identity> read_claims(std::string_view json, const claim_rules& rules,
                                       timestamp now);

} // namespace carillon
