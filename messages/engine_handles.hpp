#pragma once

#include "messages/events/log_history.hpp"
#include "messages/evidence/interfaces.hpp"
#include "messages/inbound/interfaces.hpp"
#include "messages/inbound/live_source.hpp"
#include "messages/measures/interfaces.hpp"
#include "messages/schedules/interfaces.hpp"
#include "messages/sessions/interfaces.hpp"
#include "messages/state/interfaces.hpp"
#include "messages/webhooks/interfaces.hpp"
#include "messages/workers/interfaces.hpp"

#include <memory>
#include <vector>

namespace carillon {

/// The actors of an engine that others ask: its ports, and applications. Valid until it stops.
struct engine_handles {
  router_actor router;
  /// Readers of the log, chosen round robin.
  std::vector<log_reader_actor> readers;
  /// For reads, so that a long list delays no commit.
  state_handles state_reader;
  /// For changes. Webhooks, jobs and consumers are changed by the actors below.
  state_handles state_writer;
  supervisor_actor supervisor;
  webhook_hub_actor webhooks;
  session_hub_actor sessions;
  /// For changes of jobs, and of their queues.
  job_dispatcher_actor jobs;
  /// Remote consumers.
  worker_hub_actor workers;
  /// Queues of jobs for workers outside of the node.
  queue_hub_actor queue_workers;
  /// For changes of definitions of measures; null if the metrics handler does not run.
  measure_keeper_actor measures;
  /// For changes of providers of webhooks, and those that there are.
  inbound_keeper_actor inbound;
  std::shared_ptr<const inbound_book> inbound_sources;
  /// For changes of schedules, and of delayed events.
  scheduler_actor schedules;
  /// Proves what is in the log; null if it has no evidence.
  sealer_actor sealer;
  /// Which history of the log its positions are of.
  std::string history;
  /// The same, with those that the log had before.
  log_histories histories;
};

} // namespace carillon
