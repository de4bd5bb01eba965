#pragma once

#include "messages/state/nodes.hpp"

#include <vector>

namespace carillon {

/// What the node that has a store knows of itself among the nodes of the store. Thread-safe; does
/// not wait; may outlive the store.
class node_view {
public:
  node_view() = default;
  node_view(const node_view&) = delete;
  node_view& operator=(const node_view&) = delete;
  virtual ~node_view() = default;

  /// False while others may take this node for dead: it begins no call to the outside then.
  virtual bool may_call_out() const noexcept = 0;

  /// The nodes as they were seen last.
  virtual std::vector<node_record> nodes() const = 0;

  /// Tells other nodes where clients reach this one.
  virtual void announce(node_addresses at) = 0;
};

} // namespace carillon
