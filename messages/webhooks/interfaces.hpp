#pragma once

#include "messages/consumers/interfaces.hpp"
#include "messages/request_actor.hpp"
#include "messages/webhooks/hub_requests.hpp"
#include "messages/webhooks/requests.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

/// Events that concern webhooks, from a matched segment of the log. Segments come in order; those
/// without such events are left out.
struct webhook_matches {
  /// Events that concern the same webhooks, in the order of the log. A company with thousands of
  /// webhooks costs their number per segment, not per event.
  struct group {
    std::vector<uint64_t> webhooks;
    std::vector<event_ptr> events;
  };

  /// End of the segment.
  position to = 0;
  /// A webhook may be in several.
  std::vector<group> groups;
};

using webhook_matches_ptr = std::shared_ptr<const webhook_matches>;

/// Names of the consumers of webhooks.
struct webhook_consumers {
  std::vector<std::string> names;
};

} // namespace carillon

namespace carillon {

/// Webhooks: the STATE actor, as this capability sees it. Every request may also fail with
/// `ec::store_unavailable`; those that name a webhook or a delivery, with `ec::not_found`.
using webhook_store_actor = actor_answering<webhook_requests>;

/// WEBHOOK HUB: knows which events concern which webhook, runs an endpoint for each webhook that
/// has work, and sends it its events. Changes of webhooks go through it.
using webhook_hub_actor = feed_actor::extend<
  // Errors: `ec::invalid_argument` with the field, `ec::overloaded` (too many are registered).
  caf::replies_to<create_webhook>::with<webhook_answer>,
  // Errors: `ec::not_found`, `ec::invalid_argument`, `ec::forbidden` (private targets, for a
  // principal bound to a company). Attempts under way end with the old settings.
  caf::replies_to<update_webhook>::with<webhook_answer>,
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
  // Starts no further deliveries, checkpoints, then answers.
  caf::replies_to<atom::drain>::with<atom::done>,
  // Answers once all webhooks are known; no event may be matched earlier.
  caf::replies_to<atom::status>::with<atom::done>,
  // INTERNAL: matched events.
  caf::reacts_to<webhook_matches_ptr>,
  // INTERNAL: an endpoint asks to be disabled: the reason, and a number that identifies this
  // request.
  caf::reacts_to<atom::pause, uint64_t, std::string, std::string>,
  // INTERNAL: whether the report that the endpoint will be disabled was appended to the log; an
  // empty reason = it was not.
  caf::reacts_to<atom::done, uint64_t, std::string>,
  // INTERNAL: a crashed endpoint's back-off is over.
  caf::reacts_to<atom::restart, uint64_t>,
  // INTERNAL: checks for idle endpoints.
  caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::webhook_hub_actor)
