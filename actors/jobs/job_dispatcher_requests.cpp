#include "actors/jobs/job_dispatcher.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <set>

// Requests of applications and operators.

namespace carillon {

namespace {

/// Drafts in one request; ends of attempts wait behind it.
constexpr size_t max_drafts = 1'000;

constexpr size_t max_workers = 64;

failure wrong(const char* field, std::string detail) {
  return {ec::invalid_argument, std::move(detail), field};
}

expected<void> check(const job_queue& x) {
  using std::chrono::milliseconds;
  if (!is_job_kind(x.name) || x.name.find('.') != std::string::npos)
    return wrong("name", "the name of a queue is 1 to 64 of [a-z0-9_-] and begins with a letter");
  if (x.workers == 0 || x.workers > max_workers)
    return wrong("workers", "a queue has 1 to 64 workers");
  if (x.deadline <= milliseconds{0} || x.deadline > std::chrono::hours{24})
    return wrong("deadline", "the deadline of a job is more than 0 and at most 24 hours");
  for (auto pause : x.retry_schedule)
    if (pause < milliseconds{0} || pause > std::chrono::hours{24 * 365})
      return wrong("retry_schedule", "a pause is from 0 to 365 days");
  if (!x.make)
    return wrong("make", "a queue needs a function that makes its runners");
  return {};
}

} // namespace

caf::result<atom::done> job_dispatcher_state::add(const job_queue_ptr& x) {
  if (x == nullptr)
    return to_error(wrong("", "there is no queue"));
  if (auto valid = check(*x); !valid)
    return to_error(valid.error());
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  auto [i, added] = queues_.try_emplace(x->name);
  if (!added)
    return to_error({ec::conflict, "there is a queue '" + x->name + "' already", "name"});
  i->second.spec = x;
  // Slow until it proves fast, so that nothing is leased far ahead.
  i->second.usual = x->deadline;
  if (env_.stats)
    i->second.counters = &env_.stats->job_attempts.of(x->name);
  pump();
  return atom::done_v;
}

caf::result<enqueued_jobs> job_dispatcher_state::enqueue(const enqueue_jobs& x) {
  if (x.drafts.size() > max_drafts)
    return to_error({ec::too_large, "at most 1000 jobs are enqueued at a time", {}});
  for (const auto& draft : x.drafts)
    if (auto valid = carillon::check(draft); !valid)
      return to_error(valid.error());
  // The store announces the jobs when they are durable.
  return self_->delegate(env_.state_writer, x);
}

caf::result<job> job_dispatcher_state::retry(const retry_job& x) {
  auto promise = self_->make_response_promise<job>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, promise](const job& found) mutable {
        if (auto i = queues_.find(std::string{queue_of(found.kind)}); i != queues_.end())
          wake(i->second);
        promise.deliver(found);
        pump();
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

caf::result<uint64_t> job_dispatcher_state::retry(const retry_jobs& x) {
  // The store announces the jobs when they are durable.
  return self_->delegate(env_.state_writer, x);
}

caf::result<job> job_dispatcher_state::cancel(const cancel_job& x) {
  return self_->delegate(env_.state_writer, x);
}

caf::result<atom::done> job_dispatcher_state::pause(const pause_job_queue& x) {
  auto i = queues_.find(x.queue);
  if (i == queues_.end())
    return to_error({ec::not_found, "there is no such queue", "queue"});
  auto promise = self_->make_response_promise<atom::done>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, promise, of = &i->second, paused = x.paused](atom::done) mutable {
        of->paused = paused;
        if (paused)
          give_back(*of);
        else
          wake(*of);
        promise.deliver(atom::done_v);
        pump();
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

void job_dispatcher_state::put_away(job_queue_record& x) const {
  auto i = queues_.find(x.queue);
  if (i == queues_.end() || i->second.away_pause.count() == 0)
    return;
  x.unavailable = i->second.away_reason;
  auto left = i->second.away_until - self_->clock().now();
  x.next_try
    = env_.now() + std::chrono::duration_cast<timestamp::duration>(std::max(left, left.zero()));
}

caf::result<job_queue_records> job_dispatcher_state::queues() {
  auto promise = self_->make_response_promise<job_queue_records>();
  self_->request(env_.state_reader, store_deadline, list_job_queues{})
    .then(
      [this, promise](job_queue_records& found) mutable {
        std::set<std::string> known;
        for (const auto& x : found)
          known.insert(x.queue);
        for (const auto& [key, x] : queues_)
          if (!known.contains(key))
            found.push_back({.queue = key, .paused = x.paused, .oldest_due = {}});
        for (auto& x : found)
          put_away(x);
        std::sort(found.begin(), found.end(),
                  [](const auto& a, const auto& b) { return a.queue < b.queue; });
        promise.deliver(std::move(found));
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

} // namespace carillon
