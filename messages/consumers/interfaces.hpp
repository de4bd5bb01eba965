#pragma once

#include "messages/consumers/metric_requests.hpp"
#include "messages/consumers/replay_requests.hpp"
#include "messages/consumers/requests.hpp"
#include "messages/ids.hpp"
#include "messages/request_actor.hpp"

namespace carillon {

// The STATE actor, as this capability sees it. Every request may also fail with
// `ec::store_unavailable`.

/// Consumers and their dead letters.
using consumer_store_actor = actor_answering<consumer_requests>::extend<
  // Commits of several consumers that wait together become one transaction.
  caf::replies_to<consumer_commit_ptr>::with<atom::done>>;

using replay_store_actor = actor_answering<replay_requests>;

/// Counts of events.
using metric_store_actor = actor_answering<metric_requests>;

} // namespace carillon
