#pragma once

#include "node/engine/fault_line.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/fwd.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

/// The actors that have to live as long as the engine which started them.
class actor_watch {
public:
  using named_actors = std::vector<std::pair<std::string, caf::actor>>;

  explicit actor_watch(caf::actor_system& system) : system_(system) {
  }

  /// From now on a fault is told when this actor ends, unless the engine is stopping.
  template <class Handle>
  void add(const Handle& x, std::string what) {
    add_actor(caf::actor_cast<caf::actor>(x), std::move(what));
  }

  /// Gives up the handles.
  void release() {
    all_.clear();
  }

  /// By their names in faults.
  const named_actors& all() const noexcept {
    return all_;
  }

  /// Told when one of them ends, or the lock on the store is lost. Never null.
  const std::shared_ptr<fault_line>& faults() const noexcept {
    return faults_;
  }

private:
  void add_actor(const caf::actor& x, std::string what);

  caf::actor_system& system_;
  std::shared_ptr<fault_line> faults_ = std::make_shared<fault_line>();
  named_actors all_;
};

} // namespace carillon
