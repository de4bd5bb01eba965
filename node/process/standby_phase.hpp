#pragma once

#include "base/failure.hpp"
#include "node/node.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace carillon {

/// A node before its turn: both ports listen and name the active node, and somebody looks at the
/// database, see docs/cluster.md. Thread-safe.
class standby_phase {
public:
  /// Opens the ports, and waits. A key file that is not the store's is found now, if the database
  /// answers. Errors: those of the ports and of the key file; `invalid_argument` (no database of
  /// PostgreSQL).
  /// @param options `engine.storage.node` is complete
  /// @param changed called on any thread when it is due, or has a fault
  static expected<std::unique_ptr<standby_phase>> start(const node_options& options,
                                                        std::function<void()> changed);

  virtual ~standby_phase() = default;

  virtual uint16_t data_port() const noexcept = 0;
  virtual uint16_t admin_port() const noexcept = 0;

  /// The store is free: start the node.
  virtual bool is_due() const = 0;

  /// Why waiting is of no use; `none` while there is nothing.
  virtual failure fault() const = 0;

  /// Another node was first.
  virtual void wait_again() = 0;

  /// Frees the ports for the node.
  virtual void close_ports() = 0;
};

} // namespace carillon
