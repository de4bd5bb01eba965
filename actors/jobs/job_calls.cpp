#include "actors/jobs/job_calls.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace carillon {

job_calls::job_calls(job_dispatcher_actor::pointer self, const job_dispatcher_env& env,
                     dispatched_queues& queues, std::function<void()> changed)
  : self_(self), env_(env), queues_(queues), changed_(std::move(changed)) {
}

caf::result<atom::done> job_calls::pause(const pause_job_queue& x) {
  auto promise = self_->make_response_promise<atom::done>();
  auto is_it = [&](const auto& y) { return y.second.name() == x.queue; };
  if (std::any_of(queues_.begin(), queues_.end(), is_it)) {
    store_pause(x, promise);
    return promise;
  }
  // A queue of workers that have not come yet.
  self_->request(env_.state_reader, store_deadline, list_job_queues{})
    .then(
      [this, promise, x](const job_queue_records& found) mutable {
        if (std::any_of(found.begin(), found.end(),
                        [&](const auto& y) { return y.queue == x.queue; }))
          store_pause(x, promise);
        else
          promise.deliver(to_error({ec::not_found, "no queue has this name", "queue"}));
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

void job_calls::store_pause(const pause_job_queue& x,
                            caf::typed_response_promise<atom::done> promise) {
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, promise, queue = x.queue, paused = x.paused](atom::done) mutable {
        for (auto& [key, y] : queues_)
          if (y.name() == queue)
            y.pause(paused);
        promise.deliver(atom::done_v);
        changed_();
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
}

caf::result<job_queue_records> job_calls::list() {
  auto promise = self_->make_response_promise<job_queue_records>();
  self_->request(env_.state_reader, store_deadline, list_job_queues{})
    .then(
      [this, promise](job_queue_records& found) mutable {
        complete(found);
        promise.deliver(std::move(found));
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

/// Adds queues that have no jobs, and what only the dispatcher knows.
void job_calls::complete(job_queue_records& found) const {
  std::set<std::string> known;
  for (const auto& x : found)
    known.insert(x.queue);
  for (const auto& [key, x] : queues_)
    if (known.insert(x.name()).second)
      found.push_back({.queue = x.name(), .paused = x.is_paused(), .oldest_due = {}});
  for (auto& x : found)
    if (auto i = queues_.find(x.queue); i != queues_.end())
      i->second.describe(x);
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.queue < b.queue; });
}

} // namespace carillon
