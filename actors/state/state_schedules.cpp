#include "actors/state/handlers.hpp"
#include "messages/schedules/requests.hpp"

namespace carillon {

caf::message_handler schedule_handlers(state_store& store) {
  auto* all = &store.schedules();
  return handlers_of(
    schedule_requests{},
    overloaded{[all](const list_schedules& x) { return answer(all->list(x)); },
               [all](const get_schedule& x) { return answer(all->get(x)); },
               [all](const put_schedule& x) { return answer(all->put(x, wall_clock_now())); },
               [all](const delete_schedule& x) { return answer(all->remove(x, wall_clock_now())); },
               [all](const pause_schedule& x) { return answer(all->pause(x, wall_clock_now())); },
               [all](const move_schedules& x) { return answer(all->move(x)); },
               [all](const put_delayed& x) { return answer(all->put(x, wall_clock_now())); },
               [all](const list_delayed& x) { return answer(all->list(x)); },
               [all](const get_delayed& x) { return answer(all->get(x)); },
               [all](const cancel_delayed& x) { return answer(all->cancel(x, wall_clock_now())); },
               [all](const find_due& x) { return answer(all->due(x)); },
               [all](const take_delayed& x) { return answer(all->take(x)); },
               [all](const settle_delayed& x) { return answer(all->settle(x)); }});
}

} // namespace carillon
