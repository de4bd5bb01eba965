#pragma once

#include "net/admin/call.hpp"

#include <initializer_list>
#include <span>

namespace carillon::admin {

/// Required access of a call. "Node" means that it concerns all companies: a key that is bound to
/// one is rejected, regardless of its role.
enum class access : uint8_t { open, read, read_node, administer, administer_node };

/// A route of the port.
struct route {
  std::string_view method;
  /// Literal segments, and `{name}` for any single one.
  std::string_view pattern;
  access needs = access::read;
  /// Null if the front answers by itself.
  handler run = nullptr;
  /// Query parameters; others are rejected.
  std::vector<std::string_view> query = {};
  /// True if a JSON body is required; else only an empty one is accepted.
  bool has_body = false;
  /// The body may be left out.
  bool body_is_optional = false;
};

/// All of them; where two patterns match, the first counts.
std::span<const route> routes();

/// Destination of a request.
struct destination {
  /// Null if the path is unknown, or known without this method.
  const route* at = nullptr;
  /// The methods of the path, in the form of `Allow`; empty if the path is unknown.
  std::string allow;
  std::vector<std::string> arguments;
  parameters query;
};

/// Finds the route. Errors: `invalid_argument` for a malformed target.
expected<destination> find(std::string_view method, std::string_view target);

/// Answers a permitted request: checks it, runs the handler, and applies the preconditions (RFC
/// 9110 section 13). Does not throw; an exception of a handler becomes `internal`.
answer dispatch(context& ctx, const incoming& request, destination to, principal who,
                std::chrono::steady_clock::time_point deadline) noexcept;

} // namespace carillon::admin
