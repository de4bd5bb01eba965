#pragma once

#include "net/admin/operations.hpp"
#include "net/auth/portal_right.hpp"

#include <optional>
#include <span>

namespace carillon::admin {

/// A call that tokens of the portal may make, for their company.
struct portal_call {
  std::string_view method;
  std::string_view pattern;
  /// Empty: every token may.
  std::optional<portal_right> needs = {};
};

/// All of them. What is not in this list no token may do.
std::span<const portal_call> portal_calls();

/// Null if no token may make the call.
const portal_call* portal_call_of(const operation& at);

} // namespace carillon::admin
