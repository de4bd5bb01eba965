#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace carillon::data {

/// What the data port is asked for, by the path: the table of its calls. The gate judges each by
/// its part of the port, and a follower hands over only what `served_by` leaves to every node.
enum class port_call : uint8_t {
  /// A path that the port does not have.
  none,
  /// `/healthz`
  health,
  /// `/api/events`
  publish,
  /// `/ws`
  session_socket,
  /// `/api/events/stream`
  session_stream,
  /// `/api/notifications…`, of a user
  notifications,
  /// `/api/consumers/…`, `/api/jobs…` and `/consume/…`, of workers
  work,
  /// `/in/…`
  inbound,
  /// `/api/delayed-events/…`
  delayed_event,
  /// `/portal/…`
  portal,
};

inline constexpr std::array all_port_calls{port_call::none,           port_call::health,
                                           port_call::publish,        port_call::session_socket,
                                           port_call::session_stream, port_call::notifications,
                                           port_call::work,           port_call::inbound,
                                           port_call::delayed_event,  port_call::portal};

/// What the id of a delayed event follows.
inline constexpr std::string_view delayed_event_prefix = "/api/delayed-events/";

/// @param path without the query
port_call port_call_of(std::string_view path) noexcept;

/// Who serves a call, see docs/cluster.md.
enum class server_of_call : uint8_t {
  /// Each node that has the log: it publishes, or reads the log.
  every_node,
  /// Only the owner of the state.
  owner,
};

/// A new call does not compile until somebody has decided.
constexpr server_of_call served_by(port_call x) noexcept {
  switch (x) {
  case port_call::none:
  case port_call::health:
  case port_call::publish:
  case port_call::session_socket:
  case port_call::session_stream:
    return server_of_call::every_node;
  case port_call::notifications:
  case port_call::work:
  case port_call::inbound:
  case port_call::delayed_event:
  case port_call::portal:
    return server_of_call::owner;
  }
  return server_of_call::owner;
}

} // namespace carillon::data
