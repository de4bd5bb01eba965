#pragma once

#include "base/failure.hpp"
#include "net/auth/token/token_key.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::sso {

/// What a provider says of itself (OpenID Connect Discovery 1.0, section 3), and its keys.
struct provider_facts {
  std::string authorization_endpoint;
  std::string token_endpoint;
  /// Empty = it has none.
  std::string userinfo_endpoint;
  /// Where a browser signs out of the provider; empty = it has none.
  std::string end_session_endpoint;
  std::string jwks_uri;
  /// The secret goes into the form, since the provider does not take it in `Authorization`.
  bool secret_in_form = false;
  /// It names itself in its answers (RFC 9207).
  bool names_itself = false;
  /// Those for RS256, ES256 and EdDSA.
  std::vector<token_key> keys;
};

/// Where the provider describes itself.
std::string discovery_url(const std::string& issuer);

/// Reads a description, without keys. Errors: `invalid_argument` if it is not one, is of another
/// issuer, or has an address that may not be called; for operators.
expected<provider_facts> parse_description(std::string_view json, const std::string& issuer);

/// Reads a set of keys, without secrets: a provider's keys verify by what is public only. Errors:
/// `invalid_argument`.
expected<std::vector<token_key>> parse_provider_keys(std::string_view json);

} // namespace carillon::sso
