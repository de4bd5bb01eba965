#include "actors/log/log_watcher.hpp"

#include "messages/actor_defaults.hpp"

namespace carillon {

void log_watcher_state::init(log_watcher_actor::pointer self, std::shared_ptr<log_follower> log,
                             router_actor router) {
  self_ = self;
  log_ = std::move(log);
  router_ = std::move(router);
  self_->send(self_, atom::tick_v, uint64_t{0});
}

void log_watcher_state::step() {
  // If the store is unavailable, the follower itself waits before it retries.
  auto head = log_->wait();
  if (!head && head.error().code == ec::store_locked) {
    // The engine's owner gets the reason and ends: the log would reject every event from now on.
    self_->quit(to_error(head.error()));
    return;
  }
  if (head && *head != 0)
    self_->send(router_, atom::head_v, *head);
  self_->send(self_, atom::tick_v, uint64_t{0});
}

log_watcher_actor::behavior_type
log_watcher(log_watcher_actor::stateful_pointer<log_watcher_state> self,
            std::shared_ptr<log_follower> log, router_actor router) {
  stay_alive(self);
  self->state.init(self, std::move(log), std::move(router));
  return {
    [self](atom::tick, uint64_t) { self->state.step(); },
  };
}

} // namespace carillon
