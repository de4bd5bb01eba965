#pragma once

#include "messages/events/interfaces.hpp"
#include "messages/events/options.hpp"
#include "messages/telemetry.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// State of a ROUTER.
class router_state {
public:
  static constexpr const char* name = "carillon.router";

  router_state() = default;

  // -- initialization ---------------------------------------------------------

  /// @param head last position of the log
  /// @param indexed last position of the index; `head` if nothing indexes
  void init(router_actor::pointer self, log_writer_actor writer, const router_options& options,
            telemetry_ptr stats, position head, position indexed);

  // -- callbacks --------------------------------------------------------------

  /// Admits or rejects a call.
  void publish(publish_call_ptr call);

  /// Sends `x` every batch from the next one on.
  position attach(const batch_taker_actor& x);

  void detach(const caf::actor_addr& x);

  /// Gives a credit back to a consumer, and tells it what it missed meanwhile.
  void acknowledge(const batch_taker_actor& x);

  void on_indexed(position x);

  /// Another node appended: consumers read the events from the log.
  void on_appended_elsewhere(position head);

  caf::result<atom::done> drain();

  /// Answers the calls whose deadline has passed.
  void expire();

  position head() const noexcept {
    return head_;
  }

private:
  struct pending {
    publish_call_ptr call;
    std::chrono::steady_clock::time_point admitted_at;
    /// What the log writer has; null if no spans are made.
    std::shared_ptr<const std::vector<draft_ptr>> traced;
  };

  struct subscriber {
    batch_taker_actor handle;
    size_t unacknowledged = 0;
    bool behind = false;
  };

  /// Events of a company that were handed over and are not indexed.
  struct unindexed {
    std::string company;
    uint64_t held = 0;
  };

  bool may_hand_over(const pending& x);
  uint64_t cost_of(const pending& x) const noexcept;
  expected<void> admit(const publish_call& call);
  void dispatch();
  bool dispatch_one(std::deque<pending>& of);
  void hand_over(pending x);
  void await_index(const pending& x, position last);
  void on_appended(uint64_t ticket, const append_result_ptr& result);
  void on_append_failed(uint64_t ticket, const failure& reason);
  void refuse_expired();
  void forward(const event_batch_ptr& batch);
  void reach(position head);
  void finish(pending& x, expected<receipts> result);
  void finish_drain();

  router_actor::pointer self_ = nullptr;
  log_writer_actor writer_;
  router_options options_;
  telemetry_ptr stats_;
  /// Calls that wait for the index, by company; no queue is empty.
  std::map<std::string, std::deque<pending>, std::less<>> waiting_;
  bound_ptr lag_;
  /// By the last position of each request.
  std::map<position, unindexed> unindexed_;
  /// Calls that the log writer is processing, in the order of hand-over.
  std::map<uint64_t, pending> writing_;
  uint64_t next_ticket_ = 0;
  std::map<caf::actor_id, subscriber> consumers_;
  bound_ptr events_;
  bound_ptr bytes_;
  size_t in_flight_events_ = 0;
  size_t in_flight_bytes_ = 0;
  position head_ = 0;
  position indexed_ = 0;
  /// The index was further behind at the start, and has not caught up yet.
  bool rebuilding_ = false;
  bool draining_ = false;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
};

/// Runs a ROUTER: every event enters the log through it.
router_actor::behavior_type router(router_actor::stateful_pointer<router_state> self,
                                   log_writer_actor writer, router_options options,
                                   telemetry_ptr stats, position head, position indexed);

} // namespace carillon
