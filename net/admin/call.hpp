#pragma once

#include "messages/access/principal.hpp"
#include "net/admin/context.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::admin {

/// What a handler may know of a request, which came as a whole. Lists of several lines are one.
struct incoming {
  std::string method;
  std::string accept;
  std::string content_type;
  std::string if_match;
  std::string if_none_match;
  /// `Carillon-Actor`: for whom the caller acts, as it says.
  std::string actor = {};
  std::string body;
  /// False if the client announced no body: then there is none.
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
