#pragma once

#include "base/failure.hpp"
#include "net/data/port_options.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace carillon {

/// A port of a node that waits for its turn, see docs/cluster.md. `/healthz` is answered 200,
/// `/readyz` 503, and everything else 503 `store_locked` with the address of the node that has the
/// store, also in the field `Carillon-Active`. Thread-safe.
class standby_port {
public:
  /// Where the same port of the node that has the store is; empty = not known. Called on any
  /// thread; does not wait.
  using address_of_active = std::function<std::string()>;

  /// Binds, listens and serves. Errors as for `data_port::start`.
  /// @param certificates null = the port has no TLS
  static expected<std::unique_ptr<standby_port>>
  start(const data_port_options& options, address_of_active active,
        std::shared_ptr<const tls_certificates> certificates);

  virtual ~standby_port() = default;

  virtual uint16_t port() const noexcept = 0;

  /// Closes the listening socket and all connections.
  virtual void stop() = 0;
};

} // namespace carillon
