#pragma once

#include "messages/access/principal.hpp"
#include "net/admin/context.hpp"
#include "net/auth/portal_tokens.hpp"
#include "net/http/request_head.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::admin {

/// A complete request as a handler sees it. Lists of several lines are joined.
struct incoming {
  std::string method;
  std::string accept;
  std::string content_type;
  std::string if_match;
  std::string if_none_match;
  /// `Carillon-Actor`: the person for whom the caller claims to act.
  std::string actor = {};
  std::string host = {};
  std::string cookie = {};
  /// As it was sent, for events without one.
  std::string traceparent = {};
  std::string body;
  /// False if the client announced no body.
  bool has_length = false;
  /// Address of the socket, never from a header.
  std::string remote_addr;
  /// The token of a request of the portal; null for one of an operator.
  std::shared_ptr<const portal_pass> pass = {};
};

/// The parts of a head that handlers need.
incoming incoming_of(const data::request_head& head, std::string_view method);

/// The answer to a request.
struct answer {
  int status = 200;
  std::string body;
  std::string media_type = "application/json";
  /// Further header fields.
  std::vector<std::pair<std::string, std::string>> fields;
};

/// The problem document for a failure, with the header fields that its status requires.
/// @param status if it differs from that of the code
answer problem(const failure& x, int status = 0);

struct operation;

/// Query parameters by name, decoded; without duplicates.
using parameters = std::map<std::string, std::string, std::less<>>;

/// A request on its way through a handler: routed, authenticated and permitted.
struct call {
  context& ctx;
  const incoming& request;
  const operation& at;
  /// Values of the `{…}` in the operation's pattern, decoded.
  std::vector<std::string> arguments;
  parameters query;
  principal who;
  /// Deadline of everything that the call waits for.
  std::chrono::steady_clock::time_point deadline;

  /// The caller, as the audit log names it.
  operator_stamp stamp() const;

  /// `key:<id>`, `dev`, or `portal:<id>` for a token of the portal.
  std::string caller_name() const;

  /// The company that the caller is bound to.
  std::optional<std::string> bound_company() const;
};

/// `portal:<id>`, with the id of the token.
std::string name_of(const portal_pass& x);

/// See `actor_name`.
std::string name_of(const principal& who);

/// A handler of calls.
using handler = expected<answer> (*)(call&);

} // namespace carillon::admin
