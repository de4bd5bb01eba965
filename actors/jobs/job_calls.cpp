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
  auto i = queues_.find(x.queue);
  if (i == queues_.end())
    return to_error({ec::not_found, "there is no such queue", "queue"});
  auto promise = self_->make_response_promise<atom::done>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, promise, of = &i->second, paused = x.paused](atom::done) mutable {
        of->pause(paused);
        promise.deliver(atom::done_v);
        changed_();
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
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
    if (!known.contains(key))
      found.push_back({.queue = key, .paused = x.is_paused(), .oldest_due = {}});
  for (auto& x : found)
    if (auto i = queues_.find(x.queue); i != queues_.end())
      i->second.describe(x);
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.queue < b.queue; });
}

} // namespace carillon
