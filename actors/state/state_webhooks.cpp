#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler webhook_handlers(store_actor_state* st) {
  return handlers_of(
    webhook_requests{},
    overloaded{
      [st](const create_webhook& x) { return answer(st->store->insert(x, wall_clock_now())); },
      [st](const update_webhook& x) { return answer(st->store->update(x, wall_clock_now())); },
      [st](const enable_webhook& x) { return answer(st->store->enable(x, wall_clock_now())); },
      [st](const delete_webhook& x) { return answer(st->store->remove(x, wall_clock_now())); },
      [st](const add_webhook_secret& x) {
        return answer(st->store->add_secret(x, wall_clock_now()));
      },
      [st](const get_webhook& x) { return share(st->store->get(x)); },
      [st](const list_webhooks& x) { return answer(st->store->webhooks(x)); },
      [st](const note_webhook_asleep& x) { return answer(st->store->note_asleep(x)); },
      [st](const list_webhook_deliveries& x) { return answer(st->store->deliveries(x)); },
      [st](const get_webhook_delivery& x) { return share(st->store->delivery(x)); },
      [st](const resend_webhook_delivery& x) {
        return answer(st->store->resend(x, wall_clock_now()));
      },
      [st](const recover_webhook& x) { return answer(st->store->recover(x, wall_clock_now())); },
      [st](const trim_webhook_deliveries& x) { return answer(st->store->trim(x)); }});
}

} // namespace carillon
