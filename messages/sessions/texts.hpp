#pragma once

#include "base/failure.hpp"
#include "messages/events/filter.hpp"
#include "messages/sessions/session.hpp"

#include <array>
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
  /// Of a log stream: where it begins, as text; empty = it is a session of a user.
  std::string bookmark = {};
  /// Which history of the log the positions are of; empty = it is not said.
  std::string history = {};
};

std::string to_json(const hello_text& x);

/// `{"op":"subscribed","types":[…]}`, and `filter` if there is one.
std::string subscribed_json(const std::vector<type_pattern>& types,
                            const payload_filter& filter = {});

/// `{"op":"position","seq":…}`, and `bookmark` if there is one.
std::string position_json(position x, std::string_view bookmark = {});

/// `{"op":"gap","from":…,"to":…}`: both inclusive.
std::string gap_json(position from, position to);

/// The same where the client's position is of another history: `from` is the first event that the
/// client may have seen in another form, or not at all, `to` the last one that it has seen; events
/// come from `from` on. With `"history"`, the current one, and `"after"`, where the client goes on.
std::string history_gap_json(position from, position to, std::string_view history);

/// A filter's fault for a message that has no field: the detail tells the place.
failure with_place(failure x);

/// `{"op":"error","code":…,"message":…}`.
std::string error_json(const failure& x);

/// The `op` of every text frame that the node sends; `event` is a `live_event`.
inline constexpr std::array<std::string_view, 6> session_frames{"hello",      "event", "position",
                                                                "subscribed", "gap",   "error"};

/// The `op` of every text frame that a client may send, in the order of
/// `session_command::operation`.
inline constexpr std::array<std::string_view, 2> session_commands{"ping", "subscribe"};

/// A command of a client.
struct session_command {
  enum class operation : uint8_t { ping, subscribe };

  operation op = operation::ping;
  /// Empty = every type.
  std::vector<type_pattern> types;
  payload_filter filter = {};
};

/// Errors: `malformed_json` and `not_found` (an `op` that is not known) are faults in the
/// protocol; `invalid_argument` (types, filter) is not.
expected<session_command> parse_command(std::string_view text);

} // namespace carillon
