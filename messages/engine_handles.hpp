#pragma once

#include "messages/sessions/interfaces.hpp"
#include "messages/state/interfaces.hpp"
#include "messages/webhooks/interfaces.hpp"

#include <vector>

namespace carillon {

/// The actors of an engine that others ask: its ports, and applications. Valid until it stops.
struct engine_handles {
  router_actor router;
  /// Readers of the log, chosen round robin.
  std::vector<log_reader_actor> readers;
  /// For reads, so that a long list delays no commit.
  state_actor state_reader;
  /// For changes.
  state_actor state_writer;
  supervisor_actor supervisor;
  webhook_hub_actor webhooks;
  /// For reads of webhooks and their deliveries.
  webhook_state_actor webhook_state;
  session_hub_actor sessions;
  /// For changes of jobs, and of their queues.
  job_dispatcher_actor jobs;
  /// For reads of jobs, contacts, notifications and documents.
  people_state_actor people_reader;
  /// For changes of contacts, notifications and documents.
  people_state_actor people_writer;
};

} // namespace carillon
