#pragma once

#include "messages/interfaces.hpp"
#include "messages/webhooks/hub_requests.hpp"
#include "messages/webhooks/requests.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

/// Events that concern webhooks, from a matched segment of the log. Segments come in order; those
/// without such events are left out.
struct webhook_matches {
  /// End of the segment.
  position to = 0;
  /// Webhook and event, in the order of the log.
  std::vector<std::pair<uint64_t, event_ptr>> items;
};

using webhook_matches_ptr = std::shared_ptr<const webhook_matches>;

struct webhook_consumers {
  std::vector<std::string> names;
};

} // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::insert_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::update_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::enable_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::delete_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::add_webhook_secret)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::get_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_with_secrets_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_webhooks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::note_webhook_asleep)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_webhook_deliveries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_delivery_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::get_webhook_delivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_delivery_story_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::resend_webhook_delivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::recover_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::recovered_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::trim_webhook_deliveries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::create_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::created_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::changed_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::rotate_webhook_secret)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::rotated_secret)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::test_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::get_webhook_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_overview)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::get_webhook_overview)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_attempt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::http_response_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_matches_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_consumers)

namespace carillon {

/// Requests to the STATE actor about webhooks. Every request may also fail with
/// `ec::store_unavailable`; those that name a webhook or a delivery, with `ec::not_found`.
using webhook_state_actor = caf::typed_actor<
  caf::replies_to<insert_webhook>::with<webhook>, caf::replies_to<update_webhook>::with<webhook>,
  caf::replies_to<enable_webhook>::with<webhook>, caf::replies_to<delete_webhook>::with<atom::done>,
  caf::replies_to<add_webhook_secret>::with<atom::done>,
  caf::replies_to<get_webhook>::with<webhook_with_secrets_ptr>,
  caf::replies_to<list_webhooks>::with<webhook_page>,
  caf::replies_to<note_webhook_asleep>::with<atom::done>,
  caf::replies_to<list_webhook_deliveries>::with<webhook_delivery_page>,
  caf::replies_to<get_webhook_delivery>::with<webhook_delivery_story_ptr>,
  caf::replies_to<resend_webhook_delivery>::with<retry_row>,
  caf::replies_to<recover_webhook>::with<recovered_rows>,
  // How many were deleted.
  caf::replies_to<trim_webhook_deliveries>::with<uint64_t>>;

/// WEBHOOK HUB: knows which events concern which webhook, runs an endpoint for each webhook that
/// has work, and feeds it. Changes of webhooks go through it.
using webhook_hub_actor = feed_actor::extend<
  // Errors: `ec::invalid_argument` with the field, `ec::overloaded` (too many are registered).
  caf::replies_to<create_webhook>::with<created_webhook>,
  // Errors: `ec::not_found`, `ec::invalid_argument`, `ec::forbidden` (private targets, for a
  // principal bound to a company). Attempts under way end with the old settings.
  caf::replies_to<update_webhook>::with<changed_webhook>,
  // Errors: `ec::not_found`. Resumes at the cursor, or stops there.
  caf::replies_to<enable_webhook>::with<webhook>,
  // Errors: `ec::not_found`.
  caf::replies_to<delete_webhook>::with<atom::done>,
  // Errors: `ec::not_found`, `ec::invalid_argument`, `ec::conflict` (too many are valid still).
  caf::replies_to<rotate_webhook_secret>::with<rotated_secret>,
  // Answers the attempt, successful or not. Errors: `ec::not_found`.
  caf::replies_to<test_webhook>::with<webhook_attempt>,
  // Errors: `ec::not_found`.
  caf::replies_to<resend_webhook_delivery>::with<retry_row>,
  // Errors: `ec::not_found`.
  caf::replies_to<recover_webhook>::with<recovered_rows>,
  // Errors: `ec::not_found`.
  caf::replies_to<get_webhook_status>::with<webhook_status>,
  caf::replies_to<get_webhook_overview>::with<webhook_overview>,
  // The consumer of a webhook, started if it is not running, for a replay. Errors: `ec::not_found`,
  // `ec::conflict` (it is disabled).
  caf::replies_to<atom::find, uint64_t>::with<replay_taker_actor>,
  // Names of the consumers of all enabled webhooks that events of a company may concern; of any
  // company if it is empty. Errors: `ec::overloaded` (too many).
  caf::replies_to<atom::find, std::string>::with<webhook_consumers>,
  // A dead letter of a webhook became a retry row.
  caf::reacts_to<uint64_t, retry_row>,
  // Starts nothing more, checkpoints, then answers.
  caf::replies_to<atom::drain>::with<atom::done>,
  // Answers once all webhooks are known; before that nothing may be matched.
  caf::replies_to<atom::status>::with<atom::done>,
  // INTERNAL: matched events.
  caf::reacts_to<webhook_matches_ptr>,
  // INTERNAL: an endpoint asks to be disabled: the reason, and a number that identifies this
  // request.
  caf::reacts_to<atom::pause, uint64_t, std::string, std::string>,
  // INTERNAL: the report that it will be disabled was appended to the log; without a reason: it was
  // not.
  caf::reacts_to<atom::done, uint64_t, std::string>,
  // INTERNAL: a crashed endpoint's back-off is over.
  caf::reacts_to<atom::restart, uint64_t>,
  // INTERNAL: looks for idle endpoints.
  caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_hub_actor)
