#include "actors/outbox/outbox_mover.hpp"

#include "messages/actor_defaults.hpp"

#include <utility>

namespace carillon {

void outbox_mover_state::init(outbox_mover_actor::pointer self,
                              std::shared_ptr<outbox_relay> relay) {
  self_ = self;
  relay_ = std::move(relay);
  self_->send(self_, atom::tick_v, uint64_t{0});
}

void outbox_mover_state::step() {
  // Waits within: for rows, or after an error.
  relay_->turn();
  if (!relay_->is_stopped())
    self_->send(self_, atom::tick_v, uint64_t{0});
}

outbox_mover_actor::behavior_type
outbox_mover(outbox_mover_actor::stateful_pointer<outbox_mover_state> self,
             std::shared_ptr<outbox_relay> relay) {
  stay_alive(self);
  self->state.init(self, std::move(relay));
  return {
    [self](atom::tick, uint64_t) { self->state.step(); },
  };
}

} // namespace carillon
