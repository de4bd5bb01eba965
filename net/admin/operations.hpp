#pragma once

#include "net/admin/call.hpp"

#include <initializer_list>
#include <span>

namespace carillon::admin {

/// The right that an operation needs. "Node" means that it concerns all companies: a key that is
/// bound to one is rejected, regardless of its role.
enum class permission : uint8_t { open, read, read_node, administer, administer_node };

/// An operation of the port: what a method does at a path.
struct operation {
  std::string_view method;
  /// Literal segments, and `{name}` for any single one.
  std::string_view pattern;
  permission needs = permission::read;
  /// Null if the front answers by itself.
  handler run = nullptr;
  /// Query parameters; others are rejected.
  std::vector<std::string_view> query = {};
  /// True if a JSON body is required; else only an empty one is accepted.
  bool has_body = false;
  /// The body may be left out.
  bool body_is_optional = false;
  /// Others send the query, and may add parameters: those that are not known are ignored.
  bool any_query = false;
};

/// All of them; where two patterns match, the first counts.
std::span<const operation> operations();

/// Method and pattern, as events name a call.
std::string action_of(std::string_view method, const operation& at);

/// Destination of a request.
struct destination {
  /// Null if the path is unknown, or known without this method.
  const operation* at = nullptr;
  /// The methods of the path, in the form of `Allow`; empty if the path is unknown.
  std::string allow;
  std::vector<std::string> arguments;
  parameters query;
};

/// Finds the operation. Errors: `invalid_argument` for a malformed target.
expected<destination> find(std::string_view method, std::string_view target);

} // namespace carillon::admin
