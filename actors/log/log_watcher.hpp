#pragma once

#include "messages/events/interfaces.hpp"
#include "persistence/log_follower.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>

namespace carillon {

/// State of a LOG WATCHER.
class log_watcher_state {
public:
  static constexpr const char* name = "carillon.log-watcher";

  log_watcher_state() = default;

  void init(log_watcher_actor::pointer self, std::shared_ptr<log_follower> log,
            router_actor router);

  /// Waits once, reports new positions, and schedules the next wait.
  void step();

private:
  log_watcher_actor::pointer self_ = nullptr;
  std::shared_ptr<log_follower> log_;
  router_actor router_;
};

/// Runs a LOG WATCHER; spawn it detached, and end it after `log->stop()`. It quits with
/// `store_locked` when another node has taken the store over.
log_watcher_actor::behavior_type
log_watcher(log_watcher_actor::stateful_pointer<log_watcher_state> self,
            std::shared_ptr<log_follower> log, router_actor router);

} // namespace carillon
