#include "actors/log/checkpointer.hpp"

#include "messages/actor_defaults.hpp"

namespace carillon {

checkpointer_actor::behavior_type
checkpointer(checkpointer_actor::stateful_pointer<checkpointer_state> self,
             std::shared_ptr<store_checkpointer> target, telemetry_ptr stats,
             std::chrono::milliseconds interval) {
  self->state.target = std::move(target);
  self->state.stats = std::move(stats);
  stay_alive(self);
  run_in_background(self);
  self->delayed_send(self, interval, atom::tick_v, uint64_t{0});
  return {
    [self, interval](atom::tick, uint64_t) {
      // The next round makes up for a failed one.
      if (auto done = self->state.target->run())
        self->state.stats->store_bytes = done->store_bytes;
      self->delayed_send(self, interval, atom::tick_v, uint64_t{0});
    },
  };
}

} // namespace carillon
