#pragma once

#include <string>

namespace carillon {

/// The originator of an action on the node, as the audit log records it.
struct operator_stamp {
  /// `key:<id>`, `oidc:<subject>`, `cli`, `dev` or `engine`.
  std::string who = "engine";
  /// Remote address, or empty.
  std::string from;
  /// Name of the API key, or empty. It stays meaningful once the key is deleted.
  std::string key_name = {};
  /// The person for whom the caller claims to act (`Carillon-Actor`), not verified; without that
  /// the subject of who has signed in. May be empty.
  std::string person = {};
};

/// Origin of an operator's action, as the audit log shows it: `10.0.0.9 (shop)`.
inline std::string origin_of(const operator_stamp& x) {
  if (x.key_name.empty())
    return x.from;
  return x.from + (x.from.empty() ? "(" : " (") + x.key_name + ")";
}

} // namespace carillon
