#pragma once

#include "messages/traces/options.hpp"
#include "messages/traces/span.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace carillon {

/// Says which events are recorded, and keeps the spans until the exporter takes them. Thread-safe;
/// no call but `take` waits. A node has one, or none if it makes no traces.
///
/// The span of a publish is not stored: its ids are computed from the event's position and from the
/// caller's `traceparent`, which the log has. So every node, at any time later, links a delivery to
/// the same span, and agrees on whether it was recorded.
class tracer {
public:
  using clock = std::chrono::steady_clock;

  /// @param history of the log, since positions are good within one
  tracer(const trace_options& options, std::string_view history);
  tracer(const tracer&) = delete;
  tracer& operator=(const tracer&) = delete;

  /// The span of the publish of a stored event. It is in the caller's trace if there is one, and
  /// recorded if the caller records; otherwise it begins a trace.
  trace_context publish_of(position seq, std::string_view traceparent) const noexcept;

  /// A new trace that is recorded.
  static trace_context new_trace();

  /// A new number of a span; not 0.
  static uint64_t new_span();

  /// Keeps a span, or counts it as dropped if too many wait.
  void record(span x);

  // -- the exporter's side --------------------------------------------------------

  /// Waits until a batch is there, or `until`, or `close`; returns the oldest spans, at most a
  /// batch of them.
  std::vector<span> take(clock::time_point until);

  /// Ends the wait of `take` for ever; spans are kept as before.
  void close();

  bool is_closed() const;

  /// Counts spans that the collector has, or that it did not take.
  /// @{
  void note_sent(size_t spans) noexcept {
    sent_ += spans;
  }
  void note_dropped(size_t spans) noexcept {
    dropped_ += spans;
  }
  /// @}

  /// Counts a request that the collector did not accept.
  void note_failed_request() noexcept {
    ++failed_requests_;
  }

  // -- counters -------------------------------------------------------------------

  uint64_t sent() const noexcept {
    return sent_;
  }

  uint64_t dropped() const noexcept {
    return dropped_;
  }

  uint64_t failed_requests() const noexcept {
    return failed_requests_;
  }

  /// Now: spans that wait.
  size_t waiting() const;

private:
  const double ratio_;
  const size_t most_waiting_;
  const size_t batch_;
  /// Of the history.
  const uint64_t seed_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  /// The oldest first.
  std::deque<span> waiting_;
  bool closed_ = false;

  std::atomic<uint64_t> sent_{0};
  std::atomic<uint64_t> dropped_{0};
  std::atomic<uint64_t> failed_requests_{0};
};

using tracer_ptr = std::shared_ptr<tracer>;

} // namespace carillon
