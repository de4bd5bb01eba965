#pragma once

#include "node/engine/engine.hpp"

#include <caf/actor_system.hpp>
#include <caf/fwd.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace carillon {

/// The engines that run on an actor system: a module of CAF, which the system stops at its end. An
/// application may end its system first: its handle is a global, or a handler has a copy of it. The
/// destructor of the system would then wait for the engine's actors, and nobody would end them.
/// With this module it stops the engines, and only then waits for all other actors. Engines that
/// have stopped release their handles, see `engine::parts::release`.
///
/// Thread-safe.
class system_engines final : public caf::actor_system::module {
public:
  /// Gives every system of this configuration the module.
  static void configure(caf::actor_system_config& cfg);

  /// Null if the system was made without `configure`.
  static system_engines* of(const caf::actor_system& system);

  explicit system_engines(caf::actor_system& system);
  system_engines(const system_engines&) = delete;
  system_engines& operator=(const system_engines&) = delete;
  ~system_engines() override;

  /// The system stops it at its end, if it still runs.
  void add(const std::shared_ptr<engine::parts>& x);

  /// It has stopped, but there may be handles of it.
  void stopped(const engine::parts& x);

  // -- called by CAF ------------------------------------------------------------

  void init(caf::actor_system_config&) override {
  }

  void start() override {
  }

  /// Runs in the destructor of the system, before its scheduler ends.
  void stop() override;

  /// A place of CAF's that is free: Debian has no library with that module. Modules stop in the
  /// reverse order of their places, so this one is the first.
  id_t id() const override {
    return network_manager;
  }

  void* subtype_ptr() override {
    return this;
  }

private:
  struct entry {
    const engine::parts* key;
    std::weak_ptr<engine::parts> parts;
    bool runs;
  };

  bool any_runs() const;

  caf::actor_system& system_;
  std::mutex mutex_;
  std::vector<entry> engines_;
  /// While engines run, the system itself does not wait for its actors; whether it did before.
  bool waits_ = false;
};

} // namespace carillon
