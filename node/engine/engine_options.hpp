#pragma once

#include "messages/alerts/options.hpp"
#include "messages/bounds.hpp"
#include "messages/consumers/options.hpp"
#include "messages/consumers/sql_statement.hpp"
#include "messages/contacts/mail_options.hpp"
#include "messages/contacts/options.hpp"
#include "messages/events/options.hpp"
#include "messages/evidence/options.hpp"
#include "messages/jobs/options.hpp"
#include "messages/outbox/options.hpp"
#include "messages/schedules/options.hpp"
#include "messages/sessions/options.hpp"
#include "messages/state/storage_options.hpp"
#include "messages/traces/options.hpp"
#include "messages/webhooks/client_options.hpp"
#include "messages/webhooks/options.hpp"
#include "messages/workers/options.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace carillon {

/// Settings of webhooks.
struct webhook_options {
  webhook_hub_options hub;
  http_client_options client;
  /// File of the key that seals secrets; made at the first start. Empty: `node.key` in the data
  /// directory.
  std::string key_file;
  /// Starts even if another key sealed the store's secrets.
  bool accept_new_key = false;
};

/// All settings of an engine.
struct engine_options {
  storage_options storage;
  /// The application's own tables, made at the start; see `sql_statement`. A step that was applied
  /// must not change, and none may be removed.
  std::vector<schema_step> schema;
  router_options router;
  log_writer_options writer;
  /// Part of each shared bound that one company may have while no other company needs any, in
  /// percent: 1–100. See `fair_share`.
  size_t company_share = bounds::default_percent;
  consumer_options consumers;
  /// Connections for reads.
  size_t readers = 2;
  /// Runs the built-in audit handler for these types; empty = not at all. The evidence covers all
  /// events.
  std::vector<std::string> audit_types{"security.*", "user.*", "webhook.*", "system.*"};
  /// Runs the built-in metrics handler for these types; empty = not at all.
  std::vector<std::string> metrics_types{"*"};
  /// Runs the built-in e-mail handler for these types; empty = not at all.
  std::vector<std::string> email_types{"*"};
  /// Runs the built-in notification handler for these types; empty = not at all.
  std::vector<std::string> notification_types{"*"};
  /// Time between two rounds of the checkpointer.
  std::chrono::milliseconds checkpoint_interval{500};
  /// Replays that may run at a time; further ones are rejected.
  size_t max_replays = 8;
  /// How long a blocking publish waits.
  std::chrono::milliseconds publish_deadline{30'000};
  bool accept_unknown_types = false;
  webhook_options webhooks;
  session_hub_options sessions;
  job_options jobs;
  announcer_options announcer;
  worker_options workers;
  built_in_queue_options queues;
  evidence_options evidence;
  alert_options alerts;
  trace_options traces;
  outbox_settings outbox;
  scheduler_options scheduler;
};

} // namespace carillon
