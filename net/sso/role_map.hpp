#pragma once

#include "base/failure.hpp"
#include "messages/access/api_key.hpp"

#include <rapidjson/fwd.h>

#include <string>
#include <vector>

namespace carillon::sso {

/// The role that a value of a claim gives.
struct granted_role {
  /// `*` = everybody.
  std::string value;
  carillon::role role = carillon::role::reader;
  /// Bound to this company; empty = every company.
  std::string company_id;
};

using role_map = std::vector<granted_role>;

/// Most lines of a map.
inline constexpr size_t max_granted_roles = 1'000;

/// Reads `VALUE=ROLE` and `VALUE=ROLE@COMPANY`; a value may hold `=`. Errors: `invalid_argument`,
/// field `oidc-roles`.
expected<role_map> parse_role_map(const std::vector<std::string>& lines);

/// True for the name of a claim, or a JSON pointer (RFC 6901).
bool is_claim_path(const std::string& path);

/// The member of a claim's path; null if there is none.
const rapidjson::Value* claim_at(const rapidjson::Value& claims, const std::string& path);

/// The first line of the map that fits a claim, which is a text or a list of texts; null if none
/// does.
/// @param claim null = the token has no such claim
const granted_role* role_of(const role_map& map, const rapidjson::Value* claim);

} // namespace carillon::sso
