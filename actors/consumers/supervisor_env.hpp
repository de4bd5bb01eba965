#pragma once

#include "actors/consumers/consumer_env.hpp"
#include "actors/consumers/replays/replay.hpp"
#include "messages/webhooks/interfaces.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace carillon {

/// Limits of the supervisor.
struct supervisor_options {
  /// Interrupted replays resume after this pause since the last registration of a consumer; it
  /// gives an application time to register all of its consumers.
  std::chrono::milliseconds resume_pause{1'000};
  /// Pause before the first restart of a crashed consumer; doubles up to the maximum, and is reset
  /// once the consumer has run for the maximum.
  std::chrono::milliseconds restart_pause{200};
  std::chrono::milliseconds max_restart_pause{30'000};
  /// Consumers.
  size_t max_consumers = 1'000;
  /// Replays that run at a time.
  size_t max_replays = 8;
  replay_options replay;
};

/// Dependencies of the supervisor.
struct supervisor_env {
  consumer_env consumers;
  replay_store_actor replays;
  /// Counts for replays; separate from the consumers' reader, since a count may take long.
  log_reader_actor counter;
  supervisor_options options;
  /// Runs the consumers of webhooks; null = there are none.
  webhook_hub_actor webhooks;
  /// Accepts replays for sessions; null = there are none.
  replay_taker_actor sessions;
  /// Called with the name and the reason for each consumer that crashed and is restarted; may be
  /// empty.
  std::function<void(const std::string& consumer, const std::string& reason)> on_restart;
};

} // namespace carillon
