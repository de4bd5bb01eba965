#pragma once

#include "actors/alerts/alerter.hpp"
#include "actors/log/checkpointer.hpp"
#include "actors/outbox/outbox_mover.hpp"
#include "handlers/notification/announcer.hpp"
#include "messages/engine_handles.hpp"
#include "messages/interfaces.hpp"

#include <vector>

namespace carillon {

/// All actors of an engine: those that others ask, and its own.
struct engine_actors : engine_handles {
  log_writer_actor writer;
  /// Feeds consumers.
  log_reader_actor feeder;
  /// Counts for replays.
  log_reader_actor counter;
  /// Reads the events of jobs.
  log_reader_actor job_reader;
  /// Reads what sessions missed.
  log_reader_actor session_reader;
  indexer_actor index;
  /// Null if no other process appends.
  log_watcher_actor watcher;
  checkpointer_actor checkpoints;
  announcer_actor announcements;
  /// Null if nobody is to be alerted.
  alerter_actor alerts;
  /// Of each outbox that is moved.
  std::vector<outbox_mover_actor> movers;
};

} // namespace carillon
