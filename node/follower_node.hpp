#pragma once

#include "messages/state/nodes.hpp"
#include "node/node.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// A node beside the owner of the store, see docs/cluster.md and docs/adr/0059: both ports publish,
/// read, and the data port holds live sessions. It owns nothing, and changes no state.
/// Thread-safe.
class follower_node {
public:
  /// What is known of the other nodes; called on any thread, must not block.
  struct surroundings {
    /// Without a name it is not known.
    std::function<node_record()> owner;
    std::function<std::vector<node_record>()> nodes;
  };

  /// Returns when both ports answer.
  /// @param options as for `node::start`; `engine.storage.node` is complete. `before_ports` is
  ///        called once before the ports are bound, when the store is open
  /// @param certificates of the ports
  /// Errors: those of `engine::start`, `data_port::start`, `admin_port::start` and of the keys for
  /// tokens; `internal` as for `node::start`.
  static expected<std::unique_ptr<follower_node>>
  start(const node_options& options, surroundings around, const port_certificates& certificates);

  /// Stops within five seconds, unless stopped already.
  ~follower_node();

  /// Called once, on any thread, when it cannot go on.
  void on_fault(std::function<void(std::string)> fn);

  /// Reads the keys for tokens again, and ends sessions whose token is not accepted any more.
  /// Errors: those of the files; the keys from before stay. Blocks.
  expected<void> reload();

  /// Ports stop accepting, the router drains, sessions end with 1001, the last answers go out. True
  /// if all of it was done in time; otherwise threads may hang.
  bool stop(std::chrono::milliseconds deadline);

private:
  struct parts;

  explicit follower_node(std::unique_ptr<parts> x);

  std::unique_ptr<parts> parts_;
};

} // namespace carillon
