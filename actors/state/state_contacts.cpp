#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler contact_handlers(state_store& store) {
  auto* contacts = &store.contacts();
  auto* notices = &store.notifications();
  auto* documents = &store.documents();
  return handlers_of(
           contact_requests{},
           overloaded{[contacts](const put_contact& x) {
                        return answer(contacts->put(x, wall_clock_now()));
                      },
                      [contacts](const delete_contact& x) {
                        return answer(contacts->remove(x, wall_clock_now()));
                      },
                      [contacts](const get_contact& x) { return answer(contacts->get(x)); },
                      [contacts](const list_contacts& x) { return answer(contacts->list(x)); }})
    .or_else(handlers_of(
      notification_requests{},
      overloaded{
        [notices](const list_notifications& x) { return answer(notices->list(x)); },
        [notices](const get_notification& x) { return answer(notices->get(x)); },
        [notices](const read_notifications& x) {
          return answer(notices->read(x, wall_clock_now()));
        },
        [notices](const unannounced_notifications& x) { return answer(notices->unannounced(x)); },
        [notices](const note_announced& x) { return answer(notices->note(x)); },
        [notices](const trim_notifications& x) { return answer(notices->trim(x)); }}))
    .or_else(handlers_of(
      document_requests{},
      overloaded{
        [documents](const add_document& x) { return answer(documents->add(x, wall_clock_now())); },
        [documents](const get_document& x) { return answer(documents->get(x)); },
        [documents](const list_documents& x) { return answer(documents->list(x)); },
        [documents](const find_old_documents& x) { return answer(documents->find(x)); },
        [documents](const remove_documents& x) {
          return answer(documents->remove(x, wall_clock_now()));
        }}));
}

} // namespace carillon
