#include "persistence/state/webhooks/webhook_owner.hpp"

#include "messages/consumers/consumer.hpp"

#include <algorithm>

namespace carillon::sql {

bool webhook_owner::may_open(const std::string& consumer) {
  const auto id = webhook_of_consumer(consumer);
  return !id || webhooks_.knows(*id);
}

void webhook_owner::add_last_statuses(const std::string& consumer, std::vector<retry_row>& rows) {
  const auto id = webhook_of_consumer(consumer);
  const auto attempted = [](const retry_row& x) { return x.attempts > 0; };
  if (!id || std::none_of(rows.begin(), rows.end(), attempted))
    return;
  const auto found = webhooks_.find(*id, {});
  if (!found)
    return;
  // All others are attempted again, and get the status of that attempt. These are few: a consumer
  // makes them dead letters as soon as it runs.
  const auto attempts = found->settings.retry.schedule.size() + 1;
  for (auto& x : rows) {
    if (x.attempts < attempts)
      continue;
    if (auto delivery = deliveries_.find({*id, x.seq, x.replay_id}))
      x.last_status = delivery->delivery.last_status;
  }
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
