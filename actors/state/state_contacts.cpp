#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler contact_handlers(store_actor_state* st) {
  return handlers_of(
           contact_requests{},
           overloaded{
             [st](const put_contact& x) { return answer(st->store->put(x, wall_clock_now())); },
             [st](const delete_contact& x) {
               return answer(st->store->remove(x, wall_clock_now()));
             },
             [st](const get_contact& x) { return answer(st->store->get(x)); },
             [st](const list_contacts& x) { return answer(st->store->contacts(x)); }})
    .or_else(handlers_of(
      notification_requests{},
      overloaded{
        [st](const list_notifications& x) { return answer(st->store->notifications_of(x)); },
        [st](const get_notification& x) { return answer(st->store->get(x)); },
        [st](const read_notifications& x) { return answer(st->store->read(x, wall_clock_now())); },
        [st](const unannounced_notifications& x) { return answer(st->store->unannounced(x)); },
        [st](const note_announced& x) { return answer(st->store->note(x)); },
        [st](const trim_notifications& x) { return answer(st->store->trim(x)); }}))
    .or_else(handlers_of(
      document_requests{},
      overloaded{
        [st](const add_document& x) { return answer(st->store->add(x, wall_clock_now())); },
        [st](const get_document& x) { return answer(st->store->get(x)); },
        [st](const list_documents& x) { return answer(st->store->documents(x)); },
        [st](const find_old_documents& x) { return answer(st->store->find(x)); },
        [st](const remove_documents& x) {
          return answer(st->store->remove(x, wall_clock_now()));
        }}));
}

} // namespace carillon
