#pragma once

#include "messages/principal.hpp"
#include "net/admin/context.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::admin {

/// A request as it came over the wire, received as a whole.
struct incoming {
  std::string method;
  /// Path and query, as sent.
  std::string target;
  std::string authorization;
  std::string accept;
  std::string content_type;
  std::string host;
  std::string origin;
  /// `Carillon-Actor`: for whom the caller acts, as he says.
  std::string actor = {};
  std::string body;
  /// False if the client did not say how long the body is: then there is none.
  bool has_length = false;
  /// Of the socket, never of a header.
  std::string remote_addr;
};

/// What is sent back.
struct answer {
  int status = 200;
  std::string body;
  std::string media_type = "application/json";
  /// Further header fields.
  std::vector<std::pair<std::string, std::string>> fields;
};

/// The problem document for a failure with what its status demands besides.
/// @param status if it is not that of the code
answer problem(const failure& x, int status = 0);

struct route;

/// Query parameters by name, decoded; none is given twice.
using parameters = std::map<std::string, std::string, std::less<>>;

/// A request on its way through a handler: routed, authenticated and permitted.
struct call {
  context& ctx;
  const incoming& request;
  const route& at;
  /// Values of the `{…}` in the route's pattern, decoded.
  std::vector<std::string> arguments;
  parameters query;
  principal who;
  /// Everything that the call waits for ends here.
  std::chrono::steady_clock::time_point deadline;

  /// How the audit log names the caller.
  operator_stamp stamp() const;

  /// The company that the caller is bound to.
  std::optional<std::string> bound_company() const;
};

/// `key:<id>`, or `dev` for who was admitted without a key.
std::string name_of(const principal& who);

/// What a handler makes of a call.
using handler = expected<answer> (*)(call&);

} // namespace carillon::admin
