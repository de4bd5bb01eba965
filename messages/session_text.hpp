#pragma once

#include "messages/error.hpp"
#include "messages/filter.hpp"
#include "messages/session.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// The texts of the session protocol, see docs/protocol.md.

struct hello_text {
  uint64_t session = 0;
  viewer who;
  position head = 0;
  std::chrono::milliseconds heartbeat{0};
};

std::string to_json(const hello_text& x);

/// `{"op":"subscribed","types":[…]}`.
std::string subscribed_json(const std::vector<type_pattern>& types);

/// `{"op":"position","seq":…}`.
std::string position_json(position x);

/// `{"op":"gap","from":…,"to":…}`: both inclusive.
std::string gap_json(position from, position to);

/// `{"op":"error","code":…,"message":…}`.
std::string error_json(const failure& x);

/// What a client says.
struct session_command {
  enum class operation : uint8_t { ping, subscribe };

  operation op = operation::ping;
  /// Empty = every type.
  std::vector<type_pattern> types;
};

/// Errors: `malformed_json` and `not_found` (an `op` that is not known) are faults in the
/// protocol; `invalid_argument` (types) is not.
expected<session_command> parse_command(std::string_view text);

} // namespace carillon
