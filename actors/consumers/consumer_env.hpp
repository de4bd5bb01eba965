#pragma once

#include "messages/consumers/interfaces.hpp"
#include "messages/consumers/options.hpp"
#include "messages/interfaces.hpp"
#include "messages/telemetry.hpp"
#include "messages/traces/tracer.hpp"

#include <chrono>
#include <cstddef>
#include <functional>

namespace carillon {

/// Dependencies of a consumer.
struct consumer_env {
  /// Accepts the events that the consumer publishes.
  router_actor router;
  log_reader_actor reader;
  consumer_store_actor state;
  /// The wall clock; tests tie it to their virtual one.
  std::function<timestamp()> now = wall_clock_now;
  consumer_options options;
  /// Sends it live events; null = the router does.
  feed_actor feed;
  /// Gets the spans of deliveries; null = there are none.
  tracer_ptr traces = nullptr;
  /// Counts events that a payload filter excludes; may be null.
  telemetry_ptr stats = {};
};

} // namespace carillon
