#include "actors/jobs/job_dispatcher.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

void job_dispatcher_state::init(job_dispatcher_actor::pointer self, job_dispatcher_env env) {
  self_ = self;
  env_ = std::move(env);
  store_.emplace(self_, env_, [this] { pump(); });
  calls_.emplace(self_, env_, queues_, [this] { pump(); });
  look_at_ = self_->clock().now() + env_.options.tick;
  // Subscribes first: later jobs are announced, earlier jobs are found by the lease.
  self_->send(env_.state_writer, atom::enqueued_v, effect_listener_actor{self_});
  pump();
}

// -- callbacks --------------------------------------------------------------------

caf::result<atom::done> job_dispatcher_state::add(const job_queue_ptr& x) {
  if (x == nullptr)
    return to_error({ec::invalid_argument, "there is no queue", ""});
  if (auto valid = check(*x); !valid)
    return to_error(valid.error());
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  auto added = queues_.try_emplace(x->name, self_, env_, x, ends_, [this] { pump(); }).second;
  if (!added)
    return to_error({ec::conflict, "there is a queue '" + x->name + "' already", "name"});
  pump();
  return atom::done_v;
}

void job_dispatcher_state::on_committed() {
  for (auto& [key, x] : queues_)
    x.leases().wake();
  pump();
}

void job_dispatcher_state::on_tick(uint64_t generation) {
  if (generation != generation_)
    return;
  armed_.reset();
  pump();
}

void job_dispatcher_state::on_down(const caf::down_msg& x) {
  for (auto& [key, y] : queues_)
    y.workers().on_down(x.source);
  pump();
}

caf::result<atom::done> job_dispatcher_state::drain() {
  auto promise = self_->make_response_promise<atom::done>();
  if (!draining_) {
    draining_.emplace().until = self_->clock().now() + env_.options.stop_grace;
    for (auto& [key, x] : queues_)
      x.give_back();
  }
  draining_->promises.push_back(promise);
  pump();
  return promise;
}

void job_dispatcher_state::finish_drain() {
  if (!draining_ || draining_->promises.empty())
    return;
  bool busy = store_->is_leasing() || !ends_.empty();
  for (auto& [key, x] : queues_) {
    x.workers().end_idle();
    // A worker may use resources that its application frees after the stop: it has to be gone.
    busy |= x.workers().any_left();
  }
  if (busy && self_->clock().now() < draining_->until)
    return;
  for (auto& promise : std::exchange(draining_->promises, {}))
    promise.deliver(atom::done_v);
}

// -- leases -----------------------------------------------------------------------

void job_dispatcher_state::lease() {
  if (draining_ || !store_->may_lease() || ends_.waiting() > 2 * env_.options.batch)
    return;
  lease_jobs request;
  std::vector<asked> xs;
  clock::duration longest{0};
  for (auto& [key, x] : queues_)
    if (auto most = x.wanted(); most > 0) {
      request.queues.emplace_back(key, most);
      xs.push_back({key, &x, x.leases().ask(most)});
      longest = std::max(longest, x.workers().overdue_after());
    }
  if (xs.empty())
    return;
  request.lease
    = env_.options.lease + std::chrono::duration_cast<std::chrono::milliseconds>(longest);
  store_->lease(std::move(request), [this, xs = std::move(xs), at = env_.now()](
                                      const leased_jobs& found) { on_leased(xs, at, found); });
}

void job_dispatcher_state::on_leased(std::vector<asked> xs, timestamp asked_at,
                                     const leased_jobs& found) {
  for (const auto& x : found.items) {
    auto is_of = [kind = queue_of(x.kind)](const asked& y) { return y.name == kind; };
    auto i = std::find_if(xs.begin(), xs.end(), is_of);
    if (i == xs.end())
      continue;
    ++i->what.got;
    i->of->accept(x);
  }
  for (const auto& x : xs) {
    if (draining_ || x.of->is_paused())
      x.of->give_back();
    x.of->leases().answered(x.what, asked_at, found.next_due);
  }
}

// -- the loop ---------------------------------------------------------------------

void job_dispatcher_state::pump() {
  auto now = self_->clock().now();
  if (now >= look_at_) {
    look_at_ = now + env_.options.tick;
    for (auto& [key, x] : queues_)
      x.leases().wake();
  }
  for (auto& [key, x] : queues_) {
    x.leases().wake_due(env_.now());
    x.give_up_overdue();
  }
  if (!draining_)
    store_->release();
  if (!draining_ && !store_->cannot_record())
    for (auto& [key, x] : queues_)
      x.start();
  // Records ends first, so that the store has them before it looks for due jobs.
  store_->record(ends_);
  lease();
  if (!draining_)
    store_->trim();
  finish_drain();
  arm();
}

job_dispatcher_state::clock::time_point job_dispatcher_state::next_work() const {
  auto now = self_->clock().now();
  auto out = std::min(look_at_, std::max(store_->trims_at(), now + env_.options.tick));
  if (store_->pauses_until() > now)
    out = std::min(out, store_->pauses_until());
  if (draining_ && !draining_->promises.empty())
    out = std::min(out, draining_->until);
  auto wall = env_.now();
  for (const auto& [key, x] : queues_)
    if (auto next = x.next_work(now, wall, !draining_))
      out = std::min(out, *next);
  return out;
}

/// Sets the timer, unless it comes early enough.
void job_dispatcher_state::arm() {
  auto when = next_work();
  if (armed_ && *armed_ <= when)
    return;
  armed_ = when;
  auto left = when - self_->clock().now();
  self_->delayed_send(self_, std::max<clock::duration>(left, std::chrono::milliseconds{1}),
                      atom::tick_v, ++generation_);
}

job_dispatcher_actor::behavior_type
job_dispatcher(job_dispatcher_actor::stateful_pointer<job_dispatcher_state> self,
               job_dispatcher_env env) {
  auto* st = &self->state;
  stay_alive(self);
  self->set_down_handler([st](const caf::down_msg& x) { st->on_down(x); });
  st->init(self, std::move(env));
  return {
    [st](atom::committed) { st->on_committed(); },
    [st](const job_queue_ptr& x) { return st->add(x); },
    [st](const pause_job_queue& x) { return st->calls().pause(x); },
    [st](const list_job_queues&) { return st->calls().list(); },
    [st](atom::drain) { return st->drain(); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
