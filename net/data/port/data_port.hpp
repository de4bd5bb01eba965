#pragma once

#include "messages/codec/type_registry.hpp"
#include "messages/events/publish.hpp"
#include "messages/sessions/link.hpp"
#include "messages/telemetry.hpp"
#include "net/auth/key_ring.hpp"
#include "net/auth/refused_access.hpp"
#include "net/data/data_port_options.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

class notification_access;
class token_verifier;

/// Dependencies of the data port; everything outlives the port.
struct data_port_backend {
  /// Hands a call to the router; must not block.
  std::function<void(publish_call_ptr)> publish;
  const type_registry* types = nullptr;
  const key_ring* keys = nullptr;
  telemetry_ptr stats;
  /// Accepts a new session; must not block. Empty = no sessions.
  std::function<void(session_request, session_link_ptr)> open_session;
  /// Null = there is no key for tokens.
  const token_verifier* tokens = nullptr;
  /// As in `admin_port_backend`.
  std::function<void(const refused_access&)> on_refused = {};
  /// Address for reading events, e.g. `http://127.0.0.1:7071`, named to clients that try it here;
  /// may be empty.
  std::function<std::string()> admin_address = {};
  /// Where users' notifications are; null = they are not kept.
  std::shared_ptr<notification_access> notifications = {};
};

/// The port for publishers and sessions: HTTP/1.1 on Asio and Beast, WebSocket by wslay.
/// `POST /api/events`, `GET /ws`, `GET /api/events/stream`, `/api/notifications`, `GET /healthz`.
/// Thread-safe. A single event is answered 201, or 200 if it is a duplicate; an array 200 with a
/// verdict per item.
class data_port {
public:
  virtual ~data_port() = default;

  /// Binds, listens and serves. Errors: `invalid_argument` (address),
  /// `conflict` (in use), `internal`.
  static expected<std::unique_ptr<data_port>> start(const data_port_options& options,
                                                    data_port_backend backend);

  /// The port that it listens on.
  virtual uint16_t port() const noexcept = 0;

  /// Closes the listening socket; requests in progress continue and their answers say
  /// `Connection: close`.
  virtual void stop_accepting() = 0;

  /// Waits until every request has its answer, at most for the grace, then closes
  /// all connections and ends the threads. Idle connections and half-received
  /// requests are closed at once.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

} // namespace carillon
