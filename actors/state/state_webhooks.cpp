#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler webhook_handlers(state_store& store) {
  auto* webhooks = &store.webhooks();
  auto* deliveries = &store.deliveries();
  return handlers_of(
    webhook_requests{},
    overloaded{
      [webhooks](const create_webhook& x) { return answer(webhooks->insert(x, wall_clock_now())); },
      [webhooks](const update_webhook& x) { return answer(webhooks->update(x, wall_clock_now())); },
      [webhooks](const enable_webhook& x) { return answer(webhooks->enable(x, wall_clock_now())); },
      [webhooks](const delete_webhook& x) { return answer(webhooks->remove(x, wall_clock_now())); },
      [webhooks](const add_webhook_secret& x) {
        return answer(webhooks->add_secret(x, wall_clock_now()));
      },
      [webhooks](const get_webhook& x) { return share(webhooks->get(x)); },
      [webhooks](const list_webhooks& x) { return answer(webhooks->list(x)); },
      [webhooks](const note_webhook_idle& x) { return answer(webhooks->note_idle(x)); },
      [deliveries](const list_webhook_deliveries& x) { return answer(deliveries->list(x)); },
      [deliveries](const get_webhook_delivery& x) { return share(deliveries->get(x)); },
      [deliveries](const resend_webhook_delivery& x) {
        return answer(deliveries->resend(x, wall_clock_now()));
      },
      [deliveries](const recover_webhook& x) {
        return answer(deliveries->recover(x, wall_clock_now()));
      },
      [deliveries](const trim_webhook_deliveries& x) { return answer(deliveries->trim(x)); }});
}

} // namespace carillon
