#pragma once

#include "actors/jobs/dispatched_queue.hpp"
#include "actors/jobs/job_calls.hpp"
#include "actors/jobs/job_dispatcher_env.hpp"
#include "actors/jobs/job_end_book.hpp"
#include "actors/jobs/store_requests.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// State of the JOB DISPATCHER: the loop that leases due jobs for its queues, has them worked on,
/// and records their ends.
class job_dispatcher_state {
public:
  static constexpr const char* name = "carillon.jobs";

  job_dispatcher_state() = default;
  job_dispatcher_state(const job_dispatcher_state&) = delete;
  job_dispatcher_state& operator=(const job_dispatcher_state&) = delete;

  void init(job_dispatcher_actor::pointer self, job_dispatcher_env env);

  job_calls& calls() noexcept {
    return *calls_;
  }

  caf::result<atom::done> add(const job_queue_ptr& x);
  caf::result<atom::done> add(const remote_job_queue_ptr& x);
  /// Whether the workers of this queue are part of the node.
  bool has_own(const std::string& queue) const;
  void on_room(const std::string& key, uint64_t jobs);
  void on_committed();
  void on_tick(uint64_t generation);
  void on_down(const caf::down_msg& x);
  caf::result<atom::done> drain();

private:
  using clock = std::chrono::steady_clock;

  /// Set once the stop has begun.
  struct drain_state {
    clock::time_point until;
    std::vector<caf::typed_response_promise<atom::done>> promises;
  };

  /// A queue that the store was asked about.
  struct asked {
    dispatched_queue* of = nullptr;
    job_lease_book::question what;
  };

  /// Does all work that can be done now, then sets the timer for later work.
  void pump();
  void lease();
  /// Has the store lease what is added next, for workers that wait.
  void await();
  /// Renews the leases of jobs that workers outside of the node have.
  void renew();
  void on_leased(std::vector<asked> xs, timestamp asked_at, const leased_jobs& found);
  void on_awaited(std::vector<asked> xs, const leased_jobs& found);
  void finish_drain();
  lease_jobs request_for(const std::vector<asked>& xs) const;
  /// What the store was told by the last `await` does not fit the workers any more.
  bool has_to_await(const std::vector<asked>& xs) const;
  clock::time_point next_work() const;
  void arm();

  job_dispatcher_actor::pointer self_ = nullptr;
  job_dispatcher_env env_;
  job_end_book ends_;
  dispatched_queues queues_;
  std::optional<store_requests> store_;
  std::optional<job_calls> calls_;
  /// What the last `await` asked for.
  std::vector<asked> awaited_;
  /// The next look for due jobs without an announcement.
  clock::time_point look_at_;
  std::optional<drain_state> draining_;
  uint64_t generation_ = 0;
  std::optional<clock::time_point> armed_;
};

/// Runs the JOB DISPATCHER.
job_dispatcher_actor::behavior_type
job_dispatcher(job_dispatcher_actor::stateful_pointer<job_dispatcher_state> self,
               job_dispatcher_env env);

} // namespace carillon
