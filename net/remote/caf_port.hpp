#pragma once

#include "base/failure.hpp"
#include "net/remote/port_options.hpp"

#include <cstdint>
#include <memory>

namespace carillon {

/// The port for other CAF processes, see docs/remote.md: an actor system of its own, whose only
/// actors are the port's. A peer reaches no actor of the engine. Thread-safe.
class caf_port {
public:
  virtual ~caf_port() = default;

  /// Listens and serves. Errors: `invalid_argument` (address, certificates), `conflict` (in use),
  /// `internal`.
  static expected<std::unique_ptr<caf_port>> start(const caf_port_options& options,
                                                   caf_port_backend backend);

  /// The port that it listens on.
  virtual uint16_t port() const noexcept = 0;

  /// Reads the certificates again, for new connections. Blocks. Errors: `invalid_argument` with the
  /// option, and then those from before stay.
  virtual expected<void> reload() = 0;

  /// Refuses new sessions and requests with `shutting_down`; those under way are answered.
  virtual void stop_accepting() = 0;

  /// Waits for the answers, at most for the grace, then closes all connections and ends the
  /// threads.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

/// Rejects options that contradict each other: an address that others reach without certificates,
/// or a part of the certificates. Errors: `invalid_argument` with the option.
expected<void> check(const caf_port_options& options);

} // namespace carillon
