#include "actors/webhooks/endpoints/endpoint_consumer.hpp"

#include "messages/codec/catalogue/webhook.hpp"
#include "messages/codec/described.hpp"

#include <utility>

namespace carillon {

namespace {

/// @param failing_since 0 if the endpoint has succeeded since
expected<draft_ptr> exhausted_note(uint64_t id, const dead_letter& x, int64_t failing_since,
                                   const publish_options& options) {
  webhook_delivery_exhausted note;
  note.company_id = x.company_id;
  note.webhook_id = std::to_string(id);
  note.delivery_id = to_text(webhook_delivery_key{id, x.seq, x.replay_id});
  note.event_id = x.event_id;
  note.attempts = x.attempts;
  note.last_status = x.last_status;
  note.failing_since = failing_since != 0 ? from_micros(failing_since) : x.created_at;
  auto with = options;
  with.source = "/carillon/webhooks";
  if (note.company_id.empty())
    with.audience = audience::none;
  return make_draft(note, with);
}

} // namespace

consumer_settings_ptr endpoint_consumer(const webhook& x, const payload_filter& matched_by,
                                        const webhook_hub_options& options, caf::actor receiver,
                                        std::shared_ptr<std::atomic<int64_t>> failing_since_us) {
  auto out = std::make_shared<consumer_settings>();
  out->name = webhook_consumer(x.id);
  out->filter.types = x.settings.types;
  out->filter.payload = x.settings.filter;
  out->fed_by_filter = x.settings.filter == matched_by;
  if (!x.settings.company_id.empty())
    out->filter.company_id = x.settings.company_id;
  auto& policy = out->policy;
  policy.order = x.settings.ordered ? delivery_order::total : delivery_order::none;
  const auto& pauses = x.settings.retry.schedule;
  policy.max_attempts = static_cast<uint32_t>(pauses.size()) + 1;
  if (!pauses.empty())
    policy.retry_schedule.assign(pauses.begin(), pauses.end());
  policy.deadline = no_deadline;
  policy.window = options.window;
  policy.in_flight = x.settings.ordered ? 1 : x.settings.max_in_flight;
  policy.max_retries = options.max_retries;
  // The endpoint makes the spans of its attempts.
  policy.traced = false;
  out->target = std::move(receiver);
  out->note = [id = x.id, since = std::move(failing_since_us)](const dead_letter& letter,
                                                               const publish_options& with) {
    return exhausted_note(id, letter, *since, with);
  };
  return out;
}

} // namespace carillon
