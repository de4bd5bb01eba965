#pragma once

#include "messages/access/principal.hpp"
#include "net/auth/token/claims.hpp"
#include "net/sso/role_map.hpp"

#include <rapidjson/document.h>

#include <string>
#include <string_view>
#include <vector>

namespace carillon {
class token_key;
}

namespace carillon::sso {

/// The claims of a token, of which the signature and the rules were checked; it has an `exp`.
struct verified_token {
  rapidjson::Document claims;
  timestamp expires_at;
};

/// Errors: `unauthenticated`, which repeats nothing of the token.
/// @param unknown_key set if no key has the token's `kid`: the provider may have a new one
expected<verified_token> verify_token(std::string_view token, const std::vector<token_key>& keys,
                                      const claim_rules& rules, timestamp now, bool& unknown_key);

/// Which claims name a person, and which roles they give.
struct identity_rules {
  std::string issuer;
  std::string roles_claim;
  role_map roles;
};

/// Who the claims are of. Errors: `unauthenticated` (no `sub`), `forbidden` (no role here).
/// @param roles the claims that hold the roles, and the name
expected<principal> identity_of(const rapidjson::Value& claims, const rapidjson::Value& roles,
                                const identity_rules& rules);

} // namespace carillon::sso
