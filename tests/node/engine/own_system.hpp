#pragma once

#include "messages/codec/catalogue/order.hpp"
#include "node/engine/engine.hpp"
#include "tests/support/process.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace carillon::test {

struct system_config : caf::actor_system_config {
  system_config() {
    engine::configure(*this);
  }
};

/// An actor system for engines, each on a store of its own, in this process. A fixture derives from
/// it and starts its engine: a member of the fixture ends before the system.
struct own_system {
  temporary_directory dir;
  system_config cfg;
  caf::actor_system sys{cfg};

  /// @param store folder within `dir`
  expected<engine> start(engine_options options = {}, const std::string& store = "data") {
    options.storage.url = "sqlite://" + dir.path() + "/" + store;
    return engine::start(sys, options);
  }
};

/// Publishes an order whose id, and that of the event, has the number.
inline expected<receipt> publish_order(engine& to, int n) {
  order_created x;
  x.company_id = "c";
  x.order_id = "o-" + std::to_string(n);
  return to.publish(x, {.id = "e-" + std::to_string(n)});
}

/// Waits until the condition holds; false after 20 s.
inline bool eventually(const std::function<bool()>& condition) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!condition() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  return condition();
}

} // namespace carillon::test
