#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler consumer_handlers(store_actor_state* st) {
  return handlers_of(
           consumer_requests{},
           overloaded{
             [st](const open_consumer& x) { return share(st->store->open(x, wall_clock_now())); },
             [st](const list_consumers&) { return answer(st->store->consumers()); },
             [st](const find_failures& x) { return answer(st->store->failures(x)); },
             [st](const pause_consumer& x) {
               return answer(st->store->pause(x, wall_clock_now()));
             },
             [st](const list_dead_letters& x) { return answer(st->store->dead_letters(x)); },
             [st](const resolve_dead_letter& x) {
               return answer(st->store->resolve(x, wall_clock_now()));
             }})
    .or_else(handlers_of(
      replay_requests{},
      overloaded{
        [st](const create_replay& x) { return answer(st->store->create(x, wall_clock_now())); },
        [st](const update_replay& x) { return answer(st->store->update(x, wall_clock_now())); },
        [st](const get_replay& x) { return answer(st->store->replay(x)); },
        [st](const list_running_replays&) { return answer(st->store->running_replays()); },
        [st](const list_replays& x) { return answer(st->store->replays(x)); }}))
    .or_else(handlers_of(metric_requests{}, overloaded{[st](const query_metrics& x) {
                           return answer(st->store->metrics(x));
                         }}));
}

} // namespace carillon
