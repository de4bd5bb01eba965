#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler access_handlers(state_store& store) {
  auto* audit = &store.audit();
  auto* access = &store.access();
  auto* evidence = &store.evidence();
  return handlers_of(
           audit_requests{},
           overloaded{[audit](const append_audit& x) { return answer(audit->append(x)); },
                      [audit](const list_audit& x) { return answer(audit->list(x)); },
                      [audit](const verify_audit& x) { return answer(audit->verify(x)); }})
    .or_else(handlers_of(evidence_requests{}, overloaded{[evidence](const store_head& x) {
                           return answer(evidence->store(x));
                         }}))
    .or_else(handlers_of(
      access_requests{},
      overloaded{
        [access](const create_api_key& x) { return answer(access->create(x, wall_clock_now())); },
        [access](const delete_api_key& x) { return answer(access->remove(x, wall_clock_now())); },
        [access](const list_api_keys&) { return answer(access->keys()); },
        [access](const note_key_uses& x) { return answer(access->note(x)); },
        [access](const put_event_type& x) { return answer(access->put(x, wall_clock_now())); },
        [access](const list_event_types&) { return answer(access->event_types()); }}));
}

} // namespace carillon
