#include "actors/state/handlers.hpp"
#include "messages/inbound/requests.hpp"

namespace carillon {

caf::message_handler inbound_handlers(state_store& store) {
  auto* sources = &store.inbound();
  return handlers_of(
    inbound_requests{},
    overloaded{
      [sources](const list_inbound&) { return share(sources->list()); },
      [sources](const store_inbound& x) { return answer(sources->put(x, wall_clock_now())); },
      [sources](const rotate_inbound& x) { return answer(sources->rotate(x, wall_clock_now())); },
      [sources](const delete_inbound& x) { return answer(sources->remove(x, wall_clock_now())); }});
}

} // namespace carillon
