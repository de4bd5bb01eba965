#include "actors/state/store_actor.hpp"

#include "actors/state/handlers.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/consumers/event_statements.hpp"

#include <optional>
#include <utility>

namespace carillon {

caf::result<atom::done> store_actor_state::enqueue(const consumer_commit_ptr& x) {
  flush_later();
  auto promise = self->make_response_promise<atom::done>();
  waiting_.push({x, promise});
  return promise;
}

caf::result<enqueued_jobs> store_actor_state::enqueue(const enqueue_jobs& x) {
  flush_later();
  auto promise = self->make_response_promise<enqueued_jobs>();
  adding_.push({x, promise});
  return promise;
}

caf::result<leased_jobs_ptr> store_actor_state::await(const await_jobs& x) {
  waiting_lease_.end();
  if (x.what.queues.empty())
    return leased_jobs_ptr{};
  auto promise = self->make_response_promise<leased_jobs_ptr>();
  waiting_lease_.begin(x.what, promise);
  return promise;
}

void store_actor_state::flush_later() {
  if (!std::exchange(flushing_, true))
    self->send(self, atom::flush_v);
}

void store_actor_state::flush() {
  flushing_ = false;
  flush_commits();
  flush_adds();
  if (!waiting_.empty() || !adding_.empty())
    flush_later();
}

void store_actor_state::flush_commits() {
  auto group = waiting_.pop_group();
  if (group.empty())
    return;
  std::vector<consumer_commit_ptr> commits;
  commits.reserve(group.size());
  for (const auto& x : group)
    commits.push_back(x.commit);
  auto all = store->consumers().commit(commits);
  bool added_jobs = false;
  bool added_notifications = false;
  for (auto& x : group) {
    auto one = all || group.size() == 1 ? all : store->consumers().commit(std::span{&x.commit, 1});
    if (!one) {
      x.promise.deliver(to_error(one.error()));
      continue;
    }
    added_jobs = added_jobs || has_row<job_draft>(*x.commit);
    added_notifications = added_notifications || has_row<notification_draft>(*x.commit);
    x.promise.deliver(atom::done_v);
  }
  if (added_jobs)
    tell_enqueued();
  if (added_notifications)
    for (const auto& x : notification_listeners)
      self->send(x, atom::committed_v);
}

expected<job_store::enqueued_calls>
store_actor_state::add(const std::vector<const enqueue_jobs*>& calls,
                       std::optional<leased_jobs>& leased) {
  const auto then = waiting_lease_.wanted(calls);
  if (then.queues.empty())
    return store->jobs().enqueue(calls, wall_clock_now());
  auto both = store->jobs().enqueue(calls, then, wall_clock_now());
  if (!both) {
    // The lease may be at fault. A larger group is tried call by call, without it.
    if (calls.size() == 1)
      return store->jobs().enqueue(calls, wall_clock_now());
    return both.error();
  }
  leased = std::move(both->leased);
  return std::move(both->calls);
}

void store_actor_state::flush_adds() {
  auto group = adding_.pop_group();
  if (group.empty())
    return;
  std::vector<const enqueue_jobs*> calls;
  calls.reserve(group.size());
  for (const auto& x : group)
    calls.push_back(&x.call);
  const auto now = wall_clock_now();
  std::optional<leased_jobs> leased;
  auto all = add(calls, leased);
  bool added = false;
  // Of a store that did not answer one of them; the others do not wait for it.
  std::optional<failure> away;
  for (size_t i = 0; i < group.size(); ++i) {
    auto one = all                 ? std::move(all->at(i))
               : group.size() == 1 ? expected<enqueued_jobs>{all.error()}
               : away              ? expected<enqueued_jobs>{*away}
                                   : store->jobs().enqueue(group[i].call, now);
    if (!all && !one && one.error().code == ec::store_unavailable)
      away = one.error();
    added = added || one.has_value();
    if (one)
      group[i].promise.deliver(std::move(*one));
    else
      group[i].promise.deliver(to_error(one.error()));
  }
  const bool told = leased && waiting_lease_.answer(calls, std::move(*leased));
  if (added && !told)
    tell_enqueued();
}

void store_actor_state::tell_enqueued() {
  for (const auto& x : job_listeners)
    self->send(x, atom::committed_v);
}

caf::behavior store_actor(caf::stateful_actor<store_actor_state>* self,
                          std::shared_ptr<state_store> store) {
  auto* st = &self->state;
  st->self = self;
  st->store = std::move(store);
  stay_alive(self);
  caf::message_handler own{
    [st](const consumer_commit_ptr& x) { return st->enqueue(x); },
    [st](atom::flush) { st->flush(); },
    [st](atom::enqueued, const effect_listener_actor& x) { st->job_listeners.push_back(x); },
    [st](atom::notified, const effect_listener_actor& x) {
      st->notification_listeners.push_back(x);
    },
  };
  return own.or_else(consumer_handlers(*st->store))
    .or_else(webhook_handlers(*st->store))
    .or_else(job_handlers(st))
    .or_else(contact_handlers(*st->store))
    .or_else(access_handlers(*st->store))
    .or_else(measure_handlers(*st->store))
    .or_else(inbound_handlers(*st->store))
    .or_else(schedule_handlers(*st->store));
}

} // namespace carillon
