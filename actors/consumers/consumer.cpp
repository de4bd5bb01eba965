#include "actors/consumers/consumer.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace carillon {

consumer_state::~consumer_state() {
  // A detached actor has to be told to end.
  if (worker_ != nullptr)
    caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
}

// -- initialization -----------------------------------------------------------

void consumer_state::init(consumer_actor::pointer self, consumer_env env,
                          consumer_settings_ptr spec) {
  self_ = self;
  env_ = std::move(env);
  spec_ = std::move(spec);
  if (spec_->uncommitted_events > 0)
    env_.options.uncommitted_events = spec_->uncommitted_events;
  if (env_.feed == nullptr)
    env_.feed = env_.router;
  // Attached first: every event appended from here on is sent or announced, so the hand-over from
  // reading the log has no gap.
  self_->request(env_.feed, store_deadline, atom::attach_v, batch_taker_actor{self_})
    .then(
      [this](position head) {
        known_head_ = std::max(known_head_, head);
        open();
      },
      [this](const caf::error& reason) { self_->quit(reason); });
}

void consumer_state::open() {
  auto initial = spec_->policy.start == start_at::now ? known_head_ : 0;
  self_->request(env_.state, store_deadline, open_consumer{spec_->name, initial})
    .then([this](const opened_consumer_ptr& x) { on_opened(x); },
          [this](const caf::error& reason) {
            store_error_ = to_failure(reason).detail;
            pause_until_ = self_->clock().now() + env_.options.store_pause;
            arm();
          });
}

void consumer_state::on_opened(const opened_consumer_ptr& x) {
  const auto& record = x->record;
  window_.emplace(spec_->policy, record.cursor, x->retries, record.updated_at);
  seen_at_ = record.updated_at;
  next_ = record.cursor + 1;
  committed_ = record.cursor;
  paused_ = record.paused;
  last_error_ = record.last_error;
  store_error_.clear();
  stored_dead_letters_ = record.dead_letters;
  pump();
  for (auto& promise : std::exchange(status_promises_, {}))
    promise.deliver(describe());
  finish_drain();
}

// -- callbacks ----------------------------------------------------------------

void consumer_state::on_batch(const event_batch_ptr& x) {
  known_head_ = std::max(known_head_, x->last());
  pending_.push_back(x);
  pump();
}

void consumer_state::on_head(position x) {
  known_head_ = std::max(known_head_, x);
  pump();
}

void consumer_state::on_pause(bool paused) {
  paused_ = paused;
  pump();
}

void consumer_state::on_retry_row(const retry_row& x) {
  if (window_) {
    window_->add_row(x);
    stored_dead_letters_ -= std::min<uint64_t>(stored_dead_letters_, 1);
  }
  pump();
}

void consumer_state::on_given_up(delivery_key x, bool noted) {
  auto i = giving_up_.find(x);
  if (i == giving_up_.end())
    return;
  if (noted)
    window_->give_up(x, std::move(i->second));
  else
    window_->postpone(x, env_.now() + env_.options.store_pause);
  giving_up_.erase(i);
  worked_since_commit_ = true;
  pump();
}

void consumer_state::on_tick(uint64_t generation) {
  if (generation != generation_)
    return;
  armed_.reset();
  if (window_)
    pump();
  else
    open();
}

caf::result<consumer_status> consumer_state::status() {
  auto promise = self_->make_response_promise<consumer_status>();
  if (window_)
    promise.deliver(describe());
  else
    status_promises_.push_back(promise);
  return promise;
}

/// Everything up to here is durably done: the handler does not see it again after a crash. Events
/// that do not concern the handler need no commit for that.
position consumer_state::durable_cursor() const {
  const bool nothing_to_commit = commit_ == nullptr && effects_.empty() && !worked_since_commit_;
  return nothing_to_commit ? window_->cursor() : committed_;
}

consumer_status consumer_state::describe() const {
  consumer_status out;
  out.name = spec_->name;
  out.cursor = durable_cursor();
  out.lag = known_head_ - std::min(known_head_, out.cursor);
  const auto* first = window_->front();
  if (first == nullptr && !pending_.empty() && !pending_.front()->events.empty())
    first = pending_.front()->events.front().get();
  if (out.lag > 0) {
    auto since = first != nullptr ? first->recorded_at : last_progress_.value_or(env_.now());
    out.lag_seconds = std::max(0.0, std::chrono::duration<double>(env_.now() - since).count());
  }
  out.paused = paused_;
  out.catching_up = reading_ || (pending_.empty() && next_ <= known_head_);
  out.in_flight = window_->running();
  out.retrying = window_->rows();
  out.dead_letters = stored_dead_letters_;
  out.delivered = delivered_;
  out.failed = failed_;
  out.last_error = store_error_.empty() ? last_error_ : store_error_;
  out.oldest_failure = window_->oldest_failure();
  out.last_progress = last_progress_;
  return out;
}

caf::result<atom::done> consumer_state::drain() {
  draining_ = true;
  // Running work may end; the items that its thread has not begun go back.
  for (auto& x : works_)
    x->abandon();
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  if (window_)
    pump();
  else
    finish_drain();
  return promise;
}

void consumer_state::finish_drain() {
  if (drain_promises_.empty())
    return;
  bool busy = window_ && (!works_.empty() || to_actor_ > 0 || commit_ != nullptr || changed_at_);
  if (busy)
    return;
  for (auto& promise : std::exchange(drain_promises_, {}))
    promise.deliver(atom::done_v);
}

caf::result<atom::done> consumer_state::replay(const replay_request& x) {
  if (!window_ || draining_)
    return caf::make_error(ec::shutting_down, std::string{"the handler is not running"});
  auto job = std::make_shared<replay_job>();
  job->promise = self_->make_response_promise<atom::done>();
  const auto* target = std::get_if<std::shared_ptr<effect_handler>>(&spec_->target);
  bool wanted = target == nullptr || (*target)->on_replay() != replay_reaction::never;
  for (const auto& event : *x.events) {
    delivery_key key{event->seq, x.replay_id};
    if (!wanted || !matches(spec_->filter, *event) || window_->has_row(key) || jobs_.contains(key))
      continue;
    window_->start_replayed();
    jobs_.emplace(key, job);
    ++job->remaining;
    ready_.push_back({event, spec_->name, 1, x.replay_id});
  }
  auto promise = job->promise;
  if (job->remaining == 0)
    promise.deliver(atom::done_v);
  pump();
  return promise;
}

// -- the loop -----------------------------------------------------------------

void consumer_state::pump() {
  if (!window_)
    return;
  look_at_clock();
  // Effects are done at once, which makes room for more: the loop runs until the next page is under
  // way, or nothing is left.
  do {
    feed();
    if (may_start())
      start();
    run_ready();
  } while (!reading_ && next_ <= known_head_ && room() > 0 && self_->clock().now() >= pause_until_);
  watch_worker();
  maybe_commit();
  finish_drain();
  arm();
}

bool consumer_state::may_start() const {
  return !draining_ && !paused_ && self_->clock().now() >= held_until_;
}

/// If the wall clock is set back, retries would wait longer by the difference. If it is set
/// forward, they come early, which does no harm.
void consumer_state::look_at_clock() {
  constexpr std::chrono::seconds step{1};
  auto now = env_.now();
  if (now + step < seen_at_)
    window_->set_back_to(now);
  seen_at_ = now;
}

void consumer_state::arm() {
  auto now = self_->clock().now();
  std::optional<clock::time_point> when;
  auto consider = [&](clock::time_point t) { when = when ? std::min(*when, t) : t; };
  if (pause_until_ > now)
    consider(pause_until_);
  if (window_) {
    auto wall = env_.now();
    auto after = [&](timestamp t) {
      return now + std::max<clock::duration>(t - wall, std::chrono::milliseconds{1});
    };
    if (auto due = window_->next_due(); due && !paused_ && !draining_)
      consider(std::max(after(*due), held_until_));
    if (now < held_until_)
      consider(held_until_);
    if (auto due = commit_due())
      consider(std::max(*due, pause_until_));
    if (!works_.empty())
      consider(now + spec_->policy.deadline / 2);
  }
  if (!when || (armed_ && *armed_ <= *when))
    return;
  armed_ = when;
  self_->delayed_send(self_, std::max<clock::duration>(*when - now, std::chrono::milliseconds{1}),
                      atom::tick_v, ++generation_);
}

consumer_actor::behavior_type consumer(consumer_actor::stateful_pointer<consumer_state> self,
                                       consumer_env env, consumer_settings_ptr spec) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env), std::move(spec));
  return {
    [st](const event_batch_ptr& x) { st->on_batch(x); },
    [st](atom::head, position x) { st->on_head(x); },
    [st](const replay_request& x) { return st->replay(x); },
    [st](atom::pause, bool paused) { st->on_pause(paused); },
    [st](const retry_row& x) { st->on_retry_row(x); },
    [st](atom::status) { return st->status(); },
    [st](atom::drain) { return st->drain(); },
    [st](atom::done, position seq, uint64_t replay_id, bool noted) {
      st->on_given_up({seq, replay_id}, noted);
    },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
