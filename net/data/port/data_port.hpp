#pragma once

#include "base/failure.hpp"
#include "net/data/port_options.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace carillon {

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
