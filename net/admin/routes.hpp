#pragma once

#include "net/admin/call.hpp"

#include <initializer_list>
#include <span>

namespace carillon::admin {

/// Who may make a call. "Node" means that it concerns all companies: a key that is
/// bound to one is refused, whatever its role.
enum class access : uint8_t { open, read, read_node, administer, administer_node };

/// A call that the port serves.
struct route {
  std::string_view method;
  /// Literal segments, and `{name}` for any single one.
  std::string_view pattern;
  access needs = access::read;
  handler run = nullptr;
  /// Query parameters; any other is refused.
  std::vector<std::string_view> query = {};
  /// True if a JSON body is required; else only an empty one is accepted.
  bool has_body = false;
  /// It may be left out.
  bool body_is_optional = false;
};

/// All of them; where two patterns match, the first counts.
std::span<const route> routes();

/// Answers a request: finds the route, authenticates, permits, checks, runs. Does not
/// throw; what a handler throws becomes `internal`.
answer dispatch(context& ctx, const incoming& request) noexcept;

} // namespace carillon::admin
