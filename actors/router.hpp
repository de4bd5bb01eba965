#pragma once

#include "messages/interfaces.hpp"
#include "messages/telemetry.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <memory>

namespace carillon {

/// Limits of the router.
struct router_options {
  /// Events admitted and not answered yet; one more is refused with `overloaded`.
  size_t max_in_flight_events = 100'000;
  /// Bytes of the same.
  size_t max_in_flight_bytes = 256 * 1024 * 1024;
  /// Events in one transaction (a call is never split).
  size_t max_batch_events = 4'096;
  /// Batches that a consumer may have unacknowledged before it reads the log instead.
  size_t consumer_credit = 8;
  /// Events that the index may be behind the log; past it commits wait.
  size_t max_index_lag = 200'000;
  /// Time between two looks for expired calls.
  std::chrono::milliseconds tick{250};
};

} // namespace carillon
