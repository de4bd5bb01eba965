#pragma once

#include "base/failure.hpp"
#include "node/node.hpp"
#include "node/port_certificates.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// A node before its turn: both ports listen and name the active node, and somebody looks at the
/// database, see docs/cluster.md. One that follows publishes and reads meanwhile. One thread.
class standby_phase {
public:
  /// Opens the ports, and waits. A key file that is not the store's is found now, if the database
  /// answers. Errors: those of the ports and of the key file; `invalid_argument` (no database of
  /// PostgreSQL).
  /// @param options `engine.storage.node` is complete
  /// @param follows while another node has the store, this one is a `follower_node`
  /// @param changed called on any thread when it is due, has a fault, or `go_on` has work
  static expected<std::unique_ptr<standby_phase>> start(const node_options& options, bool follows,
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

  /// Begins to follow when it may, and waits again when that came to an end. Called now and then;
  /// takes as long as a start of a node.
  virtual void go_on() = 0;

  /// Reads keys for tokens and certificates again, and ends sessions whose token is not accepted
  /// any more; what went wrong, in sentences. Blocks.
  virtual std::vector<std::string> reload() = 0;

  /// Reads the certificates again whose files have changed. Blocks.
  virtual port_certificates::changes reload_changed() = 0;

  /// The certificates that end before `then`, as lines for the operator.
  virtual std::vector<std::string> ending_certificates(timestamp then) const = 0;

  /// Frees the ports for the node.
  virtual void close_ports() = 0;
};

} // namespace carillon
