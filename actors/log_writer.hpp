#pragma once

#include "messages/interfaces.hpp"
#include "messages/telemetry.hpp"
#include "persistence/event_log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace carillon {

/// Limits of the log writer.
struct log_writer_options {
  /// Events in one transaction; a request is never split.
  size_t max_batch_events = 4'096;
  /// Hears of each transaction that failed, and why, on the writer's thread; may be empty.
  std::function<void(const failure&)> on_failure = {};
};

/// State of a LOG WRITER. While a transaction is written, requests gather in the mailbox; the next
/// transaction takes them all. So the disk never waits for anybody, and nobody waits for a timer.
class log_writer_state {
public:
  static constexpr const char* name = "carillon.log-writer";

  log_writer_state() = default;

  log_writer_actor::pointer self = nullptr;
  std::shared_ptr<event_log> log;
  telemetry_ptr stats;
  log_writer_options options;

  /// Keeps a request until `flush`.
  caf::result<append_result_ptr> enqueue(const append_request& x);

  /// Writes one transaction of what waits.
  void flush();

private:
  struct waiting {
    append_request request;
    caf::typed_response_promise<append_result_ptr> promise;
  };

  std::vector<waiting> take_group(std::vector<draft_ptr>& drafts);
  expected<append_result> append(const std::vector<draft_ptr>& drafts);
  /// @param result of all their drafts together
  void answer(std::vector<waiting>& group, expected<append_result> result);

  std::deque<waiting> waiting_;
};

/// Runs a LOG WRITER; spawn it detached.
/// @param log used by this actor alone
log_writer_actor::behavior_type
log_writer(log_writer_actor::stateful_pointer<log_writer_state> self,
           std::shared_ptr<event_log> log, telemetry_ptr stats, log_writer_options options);

} // namespace carillon
