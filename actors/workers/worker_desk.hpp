#pragma once

#include "actors/workers/worker_book.hpp"
#include "messages/workers/interfaces.hpp"
#include "messages/workers/options.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>

namespace carillon {

/// Dependencies of a worker desk.
struct worker_desk_env {
  remote_consumer settings;
  /// The wall clock; tests replace it by their virtual one.
  std::function<timestamp()> now = wall_clock_now;
  worker_options options;
  /// Which history of the log the positions are of.
  std::string history = {};
  /// Gets the report that the consumer has no worker; may be empty.
  std::function<void(draft_ptr)> publish = {};
};

/// State of a WORKER DESK.
class worker_desk_state {
public:
  static constexpr const char* name = "carillon.worker_desk";

  worker_desk_state() = default;
  worker_desk_state(const worker_desk_state&) = delete;
  worker_desk_state& operator=(const worker_desk_state&) = delete;

  void init(worker_desk_actor::pointer self, worker_desk_env env);

  caf::result<delivery_outcome_ptr> deliver(const delivery& x);
  void on_consumer(const consumer_actor& x, uint64_t generation);
  void on_committed(position x);
  caf::result<worker_hello> join(const worker_actor& x);
  void add_credit(worker_book::worker_id x, uint64_t deliveries);
  void stop(worker_book::worker_id x);
  settled_deliveries settle(const settle_deliveries& xs);
  caf::result<handed_deliveries_ptr> pull(const pull_deliveries& x);
  void end_pull(uint64_t ticket);
  worker_status status() const;
  void drain();
  void on_down(const caf::down_msg& x);
  void flush();
  void on_tick(uint64_t generation);

private:
  using clock = worker_book::clock;

  struct waiting_pull {
    caf::typed_response_promise<handed_deliveries_ptr> promise;
    clock::time_point until;
    uint64_t ticket = 0;
  };

  /// A delivery whose key is with a worker that has no credit.
  struct waiting_delivery {
    delivery what;
    caf::typed_response_promise<delivery_outcome_ptr> promise;
  };

  using waiting_deliveries = std::deque<waiting_delivery>;

  std::string key_of(const delivery& x) const;
  void hand_over(worker_book::place place, const delivery& x,
                 caf::typed_response_promise<delivery_outcome_ptr> promise);
  /// Hands over what waits for its worker, and returns what waits for none any more.
  void look_at_waiting();
  void give_back(waiting_deliveries& xs);
  worker_hello hello_to(worker_book::worker_id x) const;
  void answer(std::vector<worker_book::ended> xs);
  /// What workers still have is delivered again after the next start.
  void give_back();
  void answer_pull(worker_book::worker_id x);
  void hand(worker_book::worker_id to, handed_delivery x);
  void set_alone(bool alone);
  /// Reports that no worker is there, if there are events for one.
  void look_at_lag();
  void report(uint64_t lag);
  /// Tells the consumer how much may come, and sets the timer.
  void after_change();
  clock::time_point now() const;

  worker_desk_actor::pointer self_ = nullptr;
  worker_desk_env env_;
  std::optional<worker_book> book_;
  consumer_actor consumer_;
  /// 0 = it is not open yet.
  uint64_t generation_ = 0;
  std::map<worker_book::worker_id, worker_actor> workers_;
  /// They joined before the consumer was open.
  std::map<worker_book::worker_id, caf::typed_response_promise<worker_hello>> joining_;
  std::map<worker_book::worker_id, waiting_pull> pulls_;
  /// Handed over, and not sent yet.
  std::map<worker_book::worker_id, handed_deliveries> outgoing_;
  bool flushing_ = false;
  std::unordered_map<uint64_t, caf::typed_response_promise<delivery_outcome_ptr>> promises_;
  /// By their keys.
  std::map<std::string, waiting_deliveries> waiting_;
  uint64_t waiting_count_ = 0;
  uint64_t told_room_ = 0;
  std::optional<timestamp> alone_since_;
  /// When to look whether it is stalled; empty while a worker is there, and once it was reported.
  std::optional<clock::time_point> look_at_;
  bool draining_ = false;
  std::optional<clock::time_point> give_back_at_;
  uint64_t timer_ = 0;
  std::optional<clock::time_point> armed_;
};

/// Runs a WORKER DESK.
worker_desk_actor::behavior_type
worker_desk(worker_desk_actor::stateful_pointer<worker_desk_state> self, worker_desk_env env);

} // namespace carillon
