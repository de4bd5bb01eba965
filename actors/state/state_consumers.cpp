#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler consumer_handlers(state_store& store) {
  auto* consumers = &store.consumers();
  auto* letters = &store.dead_letters();
  auto* replays = &store.replays();
  auto* remote = &store.remote_consumers();
  return handlers_of(
           consumer_requests{},
           overloaded{
             [consumers](const open_consumer& x) {
               return share(consumers->open(x, wall_clock_now()));
             },
             [consumers](const list_consumers&) { return answer(consumers->list()); },
             [consumers](const find_failures& x) { return answer(consumers->failures(x)); },
             [consumers](const pause_consumer& x) {
               return answer(consumers->pause(x, wall_clock_now()));
             },
             [letters](const list_dead_letters& x) { return answer(letters->list(x)); },
             [letters](const resolve_dead_letter& x) {
               return answer(letters->resolve(x, wall_clock_now()));
             }})
    .or_else(handlers_of(
      replay_requests{},
      overloaded{
        [replays](const create_replay& x) { return answer(replays->create(x, wall_clock_now())); },
        [replays](const update_replay& x) { return answer(replays->update(x, wall_clock_now())); },
        [replays](const get_replay& x) { return answer(replays->get(x)); },
        [replays](const list_running_replays&) { return answer(replays->running()); },
        [replays](const list_replays& x) { return answer(replays->list(x)); }}))
    .or_else(handlers_of(
      remote_consumer_requests{},
      overloaded{
        [remote](const put_remote_consumer& x) { return answer(remote->put(x, wall_clock_now())); },
        [remote](const remove_remote_consumer& x) {
          return answer(remote->remove(x, wall_clock_now()));
        },
        [remote](const list_remote_consumers&) { return answer(remote->list()); }}));
}

} // namespace carillon
