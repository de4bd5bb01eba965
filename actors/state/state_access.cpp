#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler access_handlers(store_actor_state* st) {
  return handlers_of(
    access_requests{},
    overloaded{
      [st](const append_audit& x) { return answer(st->store->append(x)); },
      [st](const list_audit& x) { return answer(st->store->audit(x)); },
      [st](const verify_audit& x) { return answer(st->store->verify(x)); },
      [st](const create_api_key& x) { return answer(st->store->create(x, wall_clock_now())); },
      [st](const delete_api_key& x) { return answer(st->store->remove(x, wall_clock_now())); },
      [st](const list_api_keys&) { return answer(st->store->keys()); },
      [st](const put_event_type& x) { return answer(st->store->put(x, wall_clock_now())); },
      [st](const list_event_types&) { return answer(st->store->event_types()); }});
}

} // namespace carillon
