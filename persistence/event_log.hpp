#pragma once

#include "base/failure.hpp"
#include "messages/events/counters.hpp"
#include "messages/events/log_requests.hpp"
#include "messages/events/publish.hpp"

#include <chrono>
#include <span>

namespace carillon {

/// The append-only log of events. An instance belongs to one thread, the one that uses it first.
/// Several instances of one store work side by side; one of them may append. No call throws.
class event_log {
public:
  virtual ~event_log() = default;

  /// Appends drafts in one transaction and returns when it is durable (fsync). Assigns `seq` and
  /// `recorded_at`. A draft whose (`source`, `id`) is in the log or earlier in this call is a
  /// duplicate: its receipt names the first. Appended drafts are shared with the result and no
  /// longer belong to the caller.
  /// @param drafts 1–100,000
  /// Errors: `store_unavailable`: nothing was appended, a retry may succeed. `store_refused`:
  /// nothing was appended, and retries fail until the database is repaired.
  virtual expected<append_result> append(std::span<const draft_ptr> drafts, timestamp now) = 0;

  /// A page of the log for catch-up.
  virtual expected<event_page> read(const read_request& x) = 0;

  /// A page of history; examines a bounded number of candidates.
  virtual expected<query_page> query(const query_request& x) = 0;

  /// Errors: `not_found`, `store_unavailable`.
  virtual expected<event_ptr> find(const find_request& x) = 0;

  /// Errors: `timeout` when it takes more than `deadline`, `store_unavailable`.
  virtual expected<uint64_t> count(const count_request& x, std::chrono::milliseconds deadline) = 0;

  /// Counts per type from hourly counters; includes everything appended before the call.
  virtual expected<stats_result> stats(const stats_request& x) = 0;

  /// The first counters of a range; includes everything appended before the call. Errors: `timeout`
  /// when too much of the log is not counted yet, `store_unavailable`.
  virtual expected<counter_rows> counters(const counters_request& x) = 0;

  /// Last position; 0 if the log is empty.
  virtual expected<position> head() = 0;
};

} // namespace carillon
