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
  /// Null if the front answers by itself.
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

/// Where a request goes.
struct destination {
  /// Null if the path is not known, or not with this method.
  const route* at = nullptr;
  /// The methods of the path, as `Allow` has them; empty if the path is not known.
  std::string allow;
  std::vector<std::string> arguments;
  parameters query;
};

/// Finds the route. Errors: `invalid_argument` for a target that cannot be understood.
expected<destination> find(std::string_view method, std::string_view target);

/// Answers a request of somebody who may make it: checks, runs, and looks at the preconditions
/// (RFC 9110 section 13). Does not throw; what a handler throws becomes `internal`.
answer dispatch(context& ctx, const incoming& request, destination to, principal who,
                std::chrono::steady_clock::time_point deadline) noexcept;

} // namespace carillon::admin
