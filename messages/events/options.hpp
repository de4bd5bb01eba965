#pragma once

#include "base/failure.hpp"

#include <chrono>
#include <cstddef>
#include <functional>

namespace carillon {

/// Limits of the router.
struct router_options {
  /// Events admitted and not answered yet; further ones are rejected with `overloaded`. Companies
  /// share both bounds: a company that has used up its share is rejected with `quota_exceeded`.
  size_t max_in_flight_events = 100'000;
  /// Bytes of the same.
  size_t max_in_flight_bytes = 256UL * 1024 * 1024;
  /// Batches that a consumer may have unacknowledged before it reads the log instead.
  size_t consumer_credit = 8;
  /// Events that the index may be behind the log; beyond it commits wait. Companies share it: only
  /// commits of a company that has used up its share wait. An index that is being rebuilt delays no
  /// commits until it has come this near once.
  size_t max_index_lag = 200'000;
  /// False: the store indexes on append, and no index follows.
  bool index_follows = true;
  /// Time between two checks for expired calls.
  std::chrono::milliseconds tick{250};
};

/// Limits of the log writer.
struct log_writer_options {
  /// Events in one transaction.
  size_t max_batch_events = 4'096;
  /// Events of one request that are appended together; a longer request is appended in several
  /// transactions, so that other requests get their turn in between.
  size_t slice_events = 1'024;
  /// The same two limits while several companies publish, since each waits for the transaction
  /// before its own: latency for throughput.
  size_t shared_batch_events = 256;
  size_t shared_slice_events = 128;
  /// How long after a change of the company several count as publishing.
  std::chrono::milliseconds shared_for{1'000};
  /// Called with the reason for each failed transaction, on the writer's thread; may be empty.
  std::function<void(const failure&)> on_failure = {};
};

} // namespace carillon
