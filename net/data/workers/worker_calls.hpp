#pragma once

#include "messages/access/principal.hpp"
#include "messages/engine_handles.hpp"
#include "messages/jobs/requests.hpp"
#include "messages/workers/interfaces.hpp"
#include "messages/workers/options.hpp"
#include "messages/workers/texts.hpp"
#include "net/data/publishing/array_worker.hpp"
#include "net/data/workers/job_adder.hpp"
#include "net/data/workers/pending_calls.hpp"

#include <caf/fwd.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace carillon {

/// The calls of workers, of those who set remote consumers up, and of those who enqueue jobs, as
/// requests to the hubs, to desks and to the state. No call blocks; each is answered once, on a
/// thread of the actor system. Thread-safe.
class worker_calls {
public:
  using time_point = pending_calls::time_point;

  template <class T>
  using reply = pending_calls::reply<T>;

  /// A remote consumer, and its workers.
  struct view {
    remote_consumer consumer;
    worker_status workers;
  };

  /// What a worker works for: a consumer or a queue, and the company that its key is bound to;
  /// empty = none.
  struct work_place {
    std::string name;
    std::string company;
    work_kind of = work_kind::deliveries;
    /// A consumer may be one of a company, see `principal::may_work_for_companies`.
    bool companies = true;
  };

  /// @param actors those of the node
  /// @param shared gets the bounds of calls in progress, and of names of queues
  worker_calls(caf::actor_system& system, const engine_handles& actors, bounds& shared,
               const worker_options& options = {});

  /// Of the log that the positions are of.
  const std::string& history() const noexcept {
    return history_;
  }

  /// The time to acknowledge a job of this queue.
  std::chrono::milliseconds ack_timeout_of(std::string_view queue) const {
    return options_.ack_timeout_of(queue);
  }

  /// Errors: see `worker_hub_actor`.
  void put(put_remote_consumer x, time_point until, reply<put_result> to);

  // The following concern a consumer of a company, if the caller is bound to one, by the name that
  // the company calls it: another one is `not_found`, and `forbidden` if it is not to be one of a
  // company.

  void remove(work_place at, operator_stamp by, time_point until, reply<bool> to);
  void show(work_place at, time_point until, reply<view> to);

  /// @returns ends the wait: the reply comes at once, with nothing, and what was taken is returned
  std::function<void()> pull(work_place at, pull_deliveries x, time_point until,
                             reply<handed_deliveries_ptr> to);

  /// Returns what no worker has heard of; nobody is told whether that succeeded.
  void release(work_place at, const handed_deliveries_ptr& xs);

  void settle(work_place at, settle_deliveries x, time_point until, reply<settled_deliveries> to);

  /// Enqueues jobs, each by itself: its kind names the queue. What may become of one: a failure of
  /// its own, `conflict` (the node does these jobs itself, or the key is that of another job),
  /// `quota_exceeded` and `overloaded` (there would be too many queues). Errors: the node could
  /// take none of them, or it is not known.
  /// @param company whose call it is; empty = the operator's
  void enqueue(data::given_jobs xs, std::string company, time_point until,
               reply<data::job_verdicts> to);

  /// The same of the text of an array, which counts as one call for each 256 KiB. A longer one is
  /// parsed on a thread of its own, where companies take turns. Further errors: those of
  /// `data::job_array`.
  void enqueue(std::string_view array, const principal& who, time_point until,
               reply<data::job_verdicts> to);

  /// Shows a job of a queue that is not the node's own. Errors: `not_found`, also for one of
  /// another company, and for one that `may_see` does not allow.
  void show_job(uint64_t id, std::string company, std::function<bool(const job&)> may_see,
                time_point until, reply<job> to);

private:
  void add(data::given_jobs xs, time_point until, pending_ptr<data::job_verdicts> pending);

  /// Finds the desk, then runs `step(self, left, pending, desk)`.
  template <class Answer, class Step>
  void at_desk(work_place at, time_point until, reply<Answer> to, Step step);

  /// Finds the consumer, then runs `step(self, left, pending, found)`.
  template <class Answer, class Step>
  void find(work_place at, time_point until, reply<Answer> to, Step step);

  pending_calls calls_;
  worker_hub_actor hub_;
  queue_hub_actor queues_;
  job_dispatcher_actor jobs_;
  job_store_actor reader_;
  job_store_actor writer_;
  std::string history_;
  worker_options options_;
  std::shared_ptr<data::queue_names> names_;
  std::atomic<uint64_t> tickets_{0};
  /// Ends first: what it does uses the others.
  data::array_worker parser_;
};

} // namespace carillon
