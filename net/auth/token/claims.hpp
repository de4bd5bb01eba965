#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/sessions/session.hpp"

#include <rapidjson/fwd.h>

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

/// When a token is valid.
struct claim_times {
  std::optional<timestamp> exp;
  std::optional<timestamp> nbf;
  std::optional<timestamp> iat;
};

/// Checks the claims that all tokens have in common: `exp`, `nbf`, `iss` and `aud`, each if it is
/// present or required by the rules. Errors as for `read_claims`.
/// @param claims an object
expected<claim_times> check_claims(const rapidjson::Value& claims, const claim_rules& rules,
                                   timestamp now);

/// Reads an optional claim that is a text of 1 to so many bytes without control characters; `out`
/// stays as it is without it. Errors: `unauthenticated`.
expected<void> read_claim(const rapidjson::Value& claims, const char* name, size_t max_bytes,
                          std::string& out);

/// OpenID Connect Core, section 2: a subject has at most 255 characters.
inline constexpr size_t max_subject_bytes = 255;

/// Reads the claims of a token whose signature is verified (RFC 7519 section 4): `sub` is the user,
/// `company` the company; at least one is required. A session ends when the token does, at `exp`;
/// one that begins later, within the leeway, ends with the leeway. Errors: `unauthenticated`, which
/// names the claim and its fault but not its value.
expected<session_identity> read_claims(std::string_view json, const claim_rules& rules,
                                       timestamp now);

} // namespace carillon
