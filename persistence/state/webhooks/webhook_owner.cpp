#include "persistence/state/webhooks/webhook_owner.hpp"

#include "messages/consumers/consumer.hpp"

namespace carillon::sql {

bool webhook_owner::may_open(const std::string& consumer) {
  const auto id = webhook_of_consumer(consumer);
  return !id || webhooks_.knows(*id);
}

void webhook_owner::note_retried(const dead_letter& x, timestamp now) {
  const auto id = webhook_of_consumer(x.consumer);
  if (!id)
    return;
  if (auto found = deliveries_.find({*id, x.seq, x.replay_id}))
    deliveries_.set_retrying(found->number, now);
  webhooks_.wake_after_sleep(*id);
}

} // namespace carillon::sql
