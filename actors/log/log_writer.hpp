#pragma once

#include "base/fair_queue.hpp"
#include "messages/events/interfaces.hpp"
#include "messages/events/options.hpp"
#include "messages/telemetry.hpp"
#include "persistence/event_log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// State of a LOG WRITER. While a transaction is written, requests gather in the mailbox; the next
/// transaction includes all of them, or as many as fit. So the disk never waits for requests, and
/// requests never wait for a timer. Companies take turns: a company that publishes much delays the
/// others by at most one transaction.
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

  /// Writes one transaction of waiting requests.
  void flush();

private:
  struct waiting {
    append_request request;
    caf::typed_response_promise<append_result_ptr> promise;
    /// One per considered draft.
    receipts items;
    bool failed = false;
  };

  /// Drafts of a request that are appended together.
  struct slice {
    std::shared_ptr<waiting> of;
    size_t from = 0;
    size_t to = 0;
  };

  void note_company(const std::string& company);
  bool is_shared() const;
  std::vector<slice> take_group(std::vector<draft_ptr>& drafts);
  expected<append_result> append(const std::vector<draft_ptr>& drafts);
  /// @param result of all their drafts together
  void answer(const std::vector<slice>& group, expected<append_result> result);
  void fail(waiting& x, const failure& why);
  void finish(waiting& x, event_batch_ptr batch);
  void keep(const event_batch_ptr& x);

  /// A turn is about as long as a usual request.
  fair_queue<slice> queue_{64};
  /// The last company that published, and until when several count as publishing.
  std::string company_;
  std::chrono::steady_clock::time_point shared_until_;
  /// Events appended since the last answer.
  event_batch_ptr untold_;
};

/// Runs a LOG WRITER; spawn it detached.
/// @param log used by this actor only
log_writer_actor::behavior_type
log_writer(log_writer_actor::stateful_pointer<log_writer_state> self,
           std::shared_ptr<event_log> log, telemetry_ptr stats, log_writer_options options);

} // namespace carillon
