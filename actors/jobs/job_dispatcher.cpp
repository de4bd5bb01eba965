#include "actors/jobs/job_dispatcher.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace carillon {

namespace {

/// Jobs that one transaction deletes.
constexpr size_t trim_page_size = 1'000;

} // namespace

job_dispatcher_state::~job_dispatcher_state() {
  for (auto& [key, x] : queues_)
    for (auto& [id, y] : x.workers)
      caf::anon_send_exit(y.handle, caf::exit_reason::user_shutdown);
}

void job_dispatcher_state::init(job_dispatcher_actor::pointer self, job_dispatcher_env env) {
  self_ = self;
  env_ = std::move(env);
  store_pause_ = env_.options.store_pause;
  auto now = self_->clock().now();
  look_at_ = now + env_.options.tick;
  trim_at_ = now + env_.options.trim_interval;
  // Subscribes first: later jobs are announced, earlier jobs are found by the lease.
  self_->send(env_.state_writer, atom::enqueued_v, effect_listener_actor{self_});
  pump();
}

// -- callbacks --------------------------------------------------------------------

void job_dispatcher_state::on_committed() {
  for (auto& [key, x] : queues_)
    wake(x);
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
    // A worker with a job is removed by the error that answers the job.
    std::erase_if(y.workers, [&](const auto& z) {
      return z.second.handle == x.source && (!z.second.has || z.second.stuck);
    });
  pump();
}

caf::result<atom::done> job_dispatcher_state::drain() {
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  if (!std::exchange(draining_, true)) {
    drained_by_ = self_->clock().now() + env_.options.stop_grace;
    for (auto& [key, x] : queues_)
      give_back(x);
  }
  pump();
  return promise;
}

void job_dispatcher_state::finish_drain() {
  if (drain_promises_.empty())
    return;
  bool busy = lease_under_way_ || !ends_.empty() || !recording_.empty();
  for (auto& [key, x] : queues_) {
    let_go(x);
    // A worker may use resources that its application frees after the stop: it has to be gone.
    busy |= std::any_of(x.workers.begin(), x.workers.end(),
                        [](const auto& y) { return !y.second.stuck; });
  }
  if (busy && self_->clock().now() < drained_by_)
    return;
  for (auto& promise : std::exchange(drain_promises_, {}))
    promise.deliver(atom::done_v);
}

// -- the store --------------------------------------------------------------------

void job_dispatcher_state::on_store_failed() {
  pause_until_ = self_->clock().now() + store_pause_;
  store_pause_ = std::min(store_pause_ * 2, env_.options.max_store_pause);
  pump();
}

bool job_dispatcher_state::may_ask_store() const {
  return self_->clock().now() >= pause_until_;
}

void job_dispatcher_state::on_store_worked() {
  store_pause_ = env_.options.store_pause;
}

void job_dispatcher_state::release() {
  if (released_ || release_under_way_ || draining_ || !may_ask_store())
    return;
  release_under_way_ = true;
  self_->request(env_.state_writer, store_deadline, release_leases{})
    .then(
      [this](uint64_t) {
        release_under_way_ = false;
        released_ = true;
        on_store_worked();
        pump();
      },
      [this](const caf::error&) {
        release_under_way_ = false;
        on_store_failed();
      });
}

void job_dispatcher_state::trim() {
  if (trim_under_way_ || draining_ || self_->clock().now() < trim_at_)
    return;
  trim_under_way_ = true;
  trim_at_ = self_->clock().now() + env_.options.trim_interval;
  trim_jobs request;
  request.before = env_.now() - env_.options.keep;
  request.limit = trim_page_size;
  self_->request(env_.state_writer, store_deadline, request)
    .then(
      [this](uint64_t deleted) {
        trim_under_way_ = false;
        // More to delete: continues at once, after the waiting requests.
        if (deleted >= trim_page_size)
          trim_at_ = self_->clock().now();
        pump();
      },
      [this](const caf::error&) { trim_under_way_ = false; });
}

// -- the loop ---------------------------------------------------------------------

void job_dispatcher_state::pump() {
  auto now = self_->clock().now();
  if (now >= look_at_) {
    look_at_ = now + env_.options.tick;
    for (auto& [key, x] : queues_)
      wake(x);
  }
  wake_due();
  for (auto& [key, x] : queues_)
    watch(x);
  release();
  for (auto& [key, x] : queues_)
    start(x);
  // Records ends first, so that the store has them before it looks for due jobs.
  flush();
  lease();
  trim();
  finish_drain();
  arm();
}

void job_dispatcher_state::arm() {
  auto now = self_->clock().now();
  auto when = std::min(look_at_, std::max(trim_at_, now + env_.options.tick));
  auto consider = [&](clock::time_point t) { when = std::min(when, t); };
  if (pause_until_ > now)
    consider(pause_until_);
  if (!drain_promises_.empty())
    consider(drained_by_);
  auto wall = env_.now();
  for (const auto& [key, x] : queues_) {
    if (x.due && !x.hungry && !draining_)
      consider(now + (*x.due - wall));
    if (x.away_until > now && !draining_)
      consider(x.away_until);
    for (const auto& [id, y] : x.workers)
      if (y.has && !y.stuck)
        consider(y.has->begun + time_for(x));
  }
  if (armed_ && *armed_ <= when)
    return;
  armed_ = when;
  self_->delayed_send(self_, std::max<clock::duration>(when - now, std::chrono::milliseconds{1}),
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
    [st](const enqueue_jobs& x) { return st->enqueue(x); },
    [st](const retry_job& x) { return st->retry(x); },
    [st](const retry_jobs& x) { return st->retry(x); },
    [st](const cancel_job& x) { return st->cancel(x); },
    [st](const pause_job_queue& x) { return st->pause(x); },
    [st](const list_job_queues&) { return st->queues(); },
    [st](atom::drain) { return st->drain(); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
