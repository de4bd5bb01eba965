#pragma once

#include "actors/workers/desk_spans.hpp"
#include "actors/workers/desk_workers.hpp"
#include "actors/workers/held_jobs.hpp"
#include "actors/workers/key_line.hpp"
#include "actors/workers/note_sender.hpp"
#include "actors/workers/open_deliveries.hpp"
#include "actors/workers/outgoing_deliveries.hpp"
#include "actors/workers/stall_watch.hpp"
#include "actors/workers/waiting_pulls.hpp"
#include "actors/workers/worker_book.hpp"
#include "actors/workers/worker_desk_env.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace carillon {

/// State of a WORKER DESK.
class worker_desk_state {
public:
  static constexpr const char* name = "carillon.worker_desk";

  worker_desk_state() = default;
  worker_desk_state(const worker_desk_state&) = delete;
  worker_desk_state& operator=(const worker_desk_state&) = delete;

  void init(worker_desk_actor::pointer self, worker_desk_env env);

  caf::result<delivery_outcome_ptr> deliver(const delivery& x);
  caf::result<job_outcome> deliver(const job& x);
  void on_renewed(job_lease x);
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

  std::string key_of(const delivery& x) const;
  void hand_over(hand_over_place place, const delivery& x,
                 caf::typed_response_promise<delivery_outcome_ptr> promise);
  /// Hands over what waits for its worker, and returns what waits for none any more.
  void look_at_waiting();
  worker_hello hello_to(worker_book::worker_id x) const;
  void answer(std::vector<ended_delivery> xs);
  void tell_room();
  /// What workers still have is delivered again after the next start.
  void give_back();
  void answer_pull(worker_book::worker_id x);
  void hand(hand_over_place place, delivery what, std::shared_ptr<const job> work);
  /// A worker came, or went.
  void look_at_workers();
  /// Reports that no worker is there, if there are events for one.
  void look_at_lag();
  /// Tells the consumer how much may come, and sets the timer.
  void after_change();
  void set_timer();
  clock::time_point now() const;

  worker_desk_actor::pointer self_ = nullptr;
  worker_desk_env env_;
  std::optional<worker_book> book_;
  consumer_actor consumer_;
  /// 0 = it is not open yet.
  uint64_t generation_ = 0;
  desk_workers workers_;
  waiting_pulls pulls_;
  outgoing_deliveries outgoing_;
  open_deliveries open_;
  key_line waiting_;
  held_jobs jobs_;
  desk_spans spans_;
  /// Of a queue.
  std::optional<note_sender> notes_;
  uint64_t told_room_ = 0;
  stall_watch watch_;
  bool draining_ = false;
  std::optional<clock::time_point> give_back_at_;
  uint64_t timer_ = 0;
  std::optional<clock::time_point> armed_;
};

/// Runs a WORKER DESK.
worker_desk_actor::behavior_type
worker_desk(worker_desk_actor::stateful_pointer<worker_desk_state> self, worker_desk_env env);

} // namespace carillon
