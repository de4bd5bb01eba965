#include "actors/jobs/job_dispatcher.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// Jobs that a queue gets by one transaction without being asked, at least, if it has the room.
constexpr size_t enough_awaited = 16;

} // namespace

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
  auto is_it = [&](const auto& y) { return y.second.name() == x->name; };
  auto added = std::none_of(queues_.begin(), queues_.end(), is_it)
               && queues_.try_emplace(x->name, self_, env_, x, ends_, [this] { pump(); }).second;
  if (!added)
    return to_error({ec::conflict, "there is a queue '" + x->name + "' already", "name"});
  pump();
  return atom::done_v;
}

caf::result<atom::done> job_dispatcher_state::add(const remote_job_queue_ptr& x) {
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  if (has_own(x->name))
    return to_error({ec::conflict, "the node does the jobs of '" + x->name + "' itself", "queue"});
  auto key = remote_queue_key(x->name, x->company_id);
  if (!queues_.try_emplace(key, self_, env_, x, ends_, [this] { pump(); }).second)
    return to_error({ec::conflict, "there is a queue '" + x->name + "' already", "queue"});
  pump();
  return atom::done_v;
}

bool job_dispatcher_state::has_own(const std::string& queue) const {
  auto found = queues_.find(queue);
  return found != queues_.end() && !found->second.is_remote();
}

void job_dispatcher_state::on_room(const std::string& key, uint64_t jobs) {
  auto found = queues_.find(key);
  if (found == queues_.end())
    return;
  found->second.set_room(jobs);
  pump();
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
    y.crew().on_down(x.source);
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
    x.crew().end_idle();
    // A worker may use resources that its application frees after the stop: it has to be gone.
    busy |= x.crew().any_left();
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
  std::vector<asked> xs;
  for (auto& [key, x] : queues_)
    if (const auto most = x.wanted(); most > 0)
      xs.push_back({&x, x.leases().ask(most)});
  if (xs.empty())
    return;
  auto request = request_for(xs);
  store_->lease(std::move(request), [this, xs = std::move(xs), at = env_.now()](
                                      const leased_jobs& found) { on_leased(xs, at, found); });
}

lease_jobs job_dispatcher_state::request_for(const std::vector<asked>& xs) const {
  lease_jobs out;
  out.queues.reserve(xs.size());
  clock::duration longest{0};
  for (const auto& x : xs) {
    out.queues.push_back(x.of->jobs(x.what.most));
    longest = std::max(longest, x.of->crew().overdue_after());
  }
  out.lease = env_.options.lease + std::chrono::duration_cast<std::chrono::milliseconds>(longest);
  return out;
}

void job_dispatcher_state::on_leased(std::vector<asked> xs, timestamp asked_at,
                                     const leased_jobs& found) {
  for (size_t i = 0; i < found.items.size(); ++i) {
    auto& by = xs.at(found.asked_by.at(i));
    ++by.what.got;
    by.of->accept(found.items[i]);
  }
  for (const auto& x : xs) {
    if (draining_ || x.of->is_paused())
      x.of->give_back();
    x.of->leases().answered(x.what, asked_at, found.next_due);
  }
}

void job_dispatcher_state::await() {
  if (draining_) {
    store_->end_await();
    return;
  }
  if (!store_->may_lease())
    return;
  std::vector<asked> xs;
  for (auto& [key, x] : queues_)
    if (const auto most = x.awaited(); most > 0)
      xs.push_back({&x, x.leases().ask(most)});
  if (!has_to_await(xs))
    return;
  awaited_ = xs;
  if (xs.empty()) {
    store_->end_await();
    return;
  }
  auto request = request_for(xs);
  store_->await(std::move(request),
                [this, xs = std::move(xs)](const leased_jobs& found) { on_awaited(xs, found); });
}

/// Other queues wait than the store was told, or one has less room, or more where it had little.
bool job_dispatcher_state::has_to_await(const std::vector<asked>& xs) const {
  if (!store_->is_awaiting())
    return !xs.empty();
  return !std::equal(
    xs.begin(), xs.end(), awaited_.begin(), awaited_.end(),
    [](const asked& now, const asked& told) {
      return now.of == told.of
             && (now.what.most == told.what.most
                 || (now.what.most > told.what.most && told.what.most >= enough_awaited));
    });
}

void job_dispatcher_state::on_awaited(std::vector<asked> xs, const leased_jobs& found) {
  for (size_t i = 0; i < found.items.size(); ++i) {
    auto& by = xs.at(found.asked_by.at(i));
    ++by.what.got;
    by.of->accept(found.items[i]);
  }
  for (auto i : found.added_to) {
    auto& x = xs.at(i);
    if (draining_ || x.of->is_paused())
      x.of->give_back();
    x.of->leases().came(x.what, found.next_due);
  }
}

void job_dispatcher_state::renew() {
  renew_leases request;
  clock::duration longest{0};
  auto before = env_.now()
                + std::chrono::duration_cast<timestamp::duration>(env_.options.renew_before
                                                                  + std::chrono::milliseconds{1});
  for (auto& [key, x] : queues_) {
    x.crew().add_fading(before, request.items);
    longest = std::max(longest, x.is_remote() ? x.crew().overdue_after() : clock::duration{0});
  }
  request.lease
    = env_.options.lease + std::chrono::duration_cast<std::chrono::milliseconds>(longest);
  auto items = request.items;
  store_->renew(std::move(request), [this, items = std::move(items)](timestamp until) {
    for (auto& [key, x] : queues_)
      x.crew().on_renewed(items, until);
  });
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
  // Ends first: the store has those that need not wait before it looks for due jobs. Those that are
  // gathered for a moment follow; until then their jobs are leased, and nobody else gets them.
  store_->record(ends_, draining_.has_value());
  renew();
  lease();
  await();
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
  if (ends_.waiting() > 0 && store_->records_at() > now)
    out = std::min(out, store_->records_at());
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
    [st](const remote_job_queue_ptr& x) { return st->add(x); },
    [st](atom::room, const std::string& key, uint64_t jobs) { st->on_room(key, jobs); },
    [st](atom::find, const std::string& queue) { return st->has_own(queue); },
    [st](const pause_job_queue& x) { return st->calls().pause(x); },
    [st](const list_job_queues&) { return st->calls().list(); },
    [st](atom::drain) { return st->drain(); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
