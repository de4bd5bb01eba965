#pragma once

#include "node/engine/engine.hpp"

#include <caf/actor_system_config.hpp>

namespace carillon::bench {

/// Settings of an actor system that runs an engine.
struct system_config : caf::actor_system_config {
  system_config() {
    engine::configure(*this);
  }
};

} // namespace carillon::bench
