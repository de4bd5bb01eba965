#include "actors/consumers/consumer.hpp"

#include "actors/consumers/runners/actor_runner.hpp"
#include "actors/consumers/runners/effect_runner.hpp"
#include "actors/consumers/runners/function_runner.hpp"
#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

std::unique_ptr<delivery_runner> make_runner(consumer_actor::pointer self,
                                             const consumer_settings& spec,
                                             const consumer_options& options,
                                             commit_pipeline& commits,
                                             delivery_listener& listener) {
  const auto& policy = spec.policy;
  if (const auto* handler = std::get_if<std::shared_ptr<effect_handler>>(&spec.target))
    return std::make_unique<effect_runner>(*handler, listener);
  if (const auto* fn = std::get_if<handler_function>(&spec.target)) {
    function_runner::limits bounds{options.work_events, options.max_stuck_threads, policy.deadline};
    return std::make_unique<function_runner>(self, *fn, bounds, listener);
  }
  actor_runner::limits bounds{options.actor_in_flight, policy.in_flight, policy.deadline};
  return std::make_unique<actor_runner>(self, std::get<caf::actor>(spec.target), bounds,
                                        commits.answers(), listener);
}

} // namespace

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
  tally_.name = spec_->name;
  feed_.emplace(log_feed::links{self_, env_, store_, *this}, spec_->filter, [this] { pump(); });
  commits_ = commit_pipeline{spec_->name, env_.options};
  runner_ = make_runner(self_, *spec_, env_.options, commits_, *this);
  // Attached first: every event appended from here on is sent or announced, so the hand-over from
  // reading the log has no gap.
  self_->request(env_.feed, store_deadline, atom::attach_v, batch_taker_actor{self_})
    .then(
      [this](position head) {
        feed_->see_head(head);
        open();
      },
      [this](const caf::error& reason) { self_->quit(reason); });
}

void consumer_state::open() {
  auto initial = spec_->policy.start == start_at::now ? feed_->head() : 0;
  self_->request(env_.state, store_deadline, open_consumer{spec_->name, initial})
    .then([this](const opened_consumer_ptr& x) { on_opened(x); },
          [this](const caf::error& reason) {
            rejected(reason);
            arm();
          });
}

void consumer_state::on_opened(const opened_consumer_ptr& x) {
  const auto& record = x->record;
  window_.emplace(spec_->policy, record.cursor, x->retries, record.updated_at);
  delivery_listener& listener = *this;
  retries_.emplace(self_, env_, *spec_, *window_, commits_, listener);
  seen_at_ = record.updated_at;
  feed_->start_after(record.cursor);
  commits_.start(record.cursor);
  tally_.paused = record.paused;
  tally_.last_error = record.last_error;
  tally_.dead_letters = record.dead_letters;
  store_.succeed();
  pump();
  for (auto& promise : std::exchange(status_promises_, {}))
    promise.deliver(describe());
  finish_drain();
}

// -- callbacks ----------------------------------------------------------------

void consumer_state::on_batch(const event_batch_ptr& x) {
  feed_->push(x);
  pump();
}

void consumer_state::on_head(position x) {
  feed_->see_head(x);
  pump();
}

void consumer_state::on_pause(bool paused) {
  tally_.paused = paused;
  pump();
}

void consumer_state::on_retry_row(const retry_row& x) {
  if (window_) {
    window_->add_row(x);
    tally_.dead_letters -= std::min<uint64_t>(tally_.dead_letters, 1);
  }
  pump();
}

void consumer_state::on_reported(delivery_key x, bool noted) {
  if (retries_)
    retries_->on_reported(x, noted);
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

consumer_status consumer_state::describe() const {
  auto out = tally_;
  out.cursor = commits_.durable_cursor(*window_);
  out.lag = feed_->head() - std::min(feed_->head(), out.cursor);
  const auto* first = window_->front();
  if (first == nullptr)
    first = feed_->first_pending();
  if (out.lag > 0) {
    auto since = first != nullptr ? first->recorded_at : out.last_progress.value_or(env_.now());
    out.lag_seconds = std::max(0.0, std::chrono::duration<double>(env_.now() - since).count());
  }
  out.catching_up = feed_->catching_up();
  out.in_flight = window_->running();
  out.retrying = window_->rows();
  if (!store_.reason().empty())
    out.last_error = store_.reason();
  out.oldest_failure = window_->oldest_failure();
  return out;
}

caf::result<atom::done> consumer_state::drain() {
  draining_ = true;
  feed_->drain();
  runner_->drain();
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  if (window_)
    pump();
  else
    finish_drain();
  return promise;
}

void consumer_state::finish_drain() {
  if (window_ && (runner_->busy() || commits_.busy()))
    return;
  for (auto& promise : std::exchange(drain_promises_, {}))
    promise.deliver(atom::done_v);
}

caf::result<atom::done> consumer_state::replay(const replay_request& x) {
  if (!window_ || draining_)
    return caf::make_error(ec::shutting_down, std::string{"the handler is not running"});
  auto promise = self_->make_response_promise<atom::done>();
  auto done = [promise]() mutable { promise.deliver(atom::done_v); };
  if (reaction_of(*spec_) == replay_reaction::never)
    done();
  else
    for (auto& event : replays_.accept(x, spec_->filter, *window_, done))
      ready_.push_back({std::move(event), spec_->name, 1, x.replay_id});
  pump();
  return promise;
}

// -- intake and deliveries ----------------------------------------------------

size_t consumer_state::room() const {
  return draining_ || tally_.paused || commits_.full() ? 0 : window_->room();
}

void consumer_state::offer(const event_ptr& x) {
  window_->offer(x);
  commits_.note_offered();
}

void consumer_state::pass(position up_to) {
  window_->pass(up_to);
}

void consumer_state::on_ready(delivery x) {
  ready_.push_back(std::move(x));
}

void consumer_state::on_returned(std::span<const delivery> xs) {
  ready_.insert(ready_.begin(), xs.begin(), xs.end());
}

void consumer_state::on_progress() {
  pump();
}

void consumer_state::on_outcome(const delivery& x, delivery_outcome& outcome) {
  auto now = env_.now();
  const auto& error = outcome.error;
  delivery_key key{x.event->seq, x.replay_id};
  commits_.add(outcome.made);
  commits_.note_work();
  tally_.last_progress = now;
  if (outcome.hold_until)
    held_until_ = std::max(held_until_, self_->clock().now() + (*outcome.hold_until - now));
  if (error) {
    ++tally_.failed;
    tally_.last_error
      = error->detail.empty() ? std::string{sentence_of(error->code)} : error->detail;
    commits_.note_error(tally_.last_error);
    window_->failed(key, tally_.last_error, now, outcome.not_before);
  } else {
    ++tally_.delivered;
    window_->succeeded(key);
  }
  auto replayed = replays_.complete(key, error.has_value());
  if (replayed && replayed->failed)
    commits_.call_when_durable(std::move(replayed->done));
  else if (replayed)
    replayed->done();
}

// -- the loop -----------------------------------------------------------------

void consumer_state::pump() {
  if (!window_)
    return;
  look_at_clock();
  // Effects are done at once, which makes room for more: the loop runs until the next page is under
  // way, or nothing is left.
  do {
    feed_->supply();
    start();
    run();
  } while (feed_->may_read());
  if (runner_->watch())
    run();
  commit();
  finish_drain();
  arm();
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

void consumer_state::rejected(const caf::error& reason) {
  store_.begin(reason, self_->clock().now() + env_.options.store_pause);
}

bool consumer_state::may_start() const {
  return !draining_ && !tally_.paused && self_->clock().now() >= held_until_;
}

void consumer_state::start() {
  if (!may_start())
    return;
  for (auto& x : window_->start_new(env_.options.uncommitted_events, env_.now()))
    ready_.push_back({std::move(x), spec_->name, 1, 0});
  retries_->start();
}

void consumer_state::run() {
  if (!ready_.empty() && may_start())
    runner_->run(ready_);
}

void consumer_state::commit() {
  auto now = self_->clock().now();
  commits_.look_for_changes(*window_, now);
  if (!store_.over(now))
    return;
  if (auto due = commits_.due(hurries()); due && *due <= now)
    tally_.dead_letters += commits_.prepare(*window_, env_.now()).dead_letters.size();
  auto next = commits_.submit();
  if (next == nullptr)
    return;
  self_->request(env_.state, answered_or_ended, std::move(next))
    .then(
      [this](atom::done) {
        store_.succeed();
        commits_.succeed();
        pump();
      },
      [this](const caf::error& reason) {
        if (reason == ec::conflict) {
          // The store is ahead of this consumer: it starts over from the stored state.
          self_->quit(reason);
          return;
        }
        rejected(reason);
        commits_.fail();
        arm();
      });
}

/// The commit does not wait: the consumer drains, or the next delivery waits for the place of an
/// answered one.
bool consumer_state::hurries() const {
  return draining_ || (commits_.answers().waiting() > 0 && !ready_.empty() && !runner_->has_room());
}

void consumer_state::arm() {
  auto now = self_->clock().now();
  std::optional<clock::time_point> when;
  auto consider = [&](clock::time_point t) { when = when ? std::min(*when, t) : t; };
  if (!store_.over(now))
    consider(store_.until());
  if (window_) {
    auto wall = env_.now();
    auto after = [&](timestamp t) {
      return now + std::max<clock::duration>(t - wall, std::chrono::milliseconds{1});
    };
    if (auto due = window_->next_due(); due && !tally_.paused && !draining_)
      consider(std::max(after(*due), held_until_));
    if (now < held_until_)
      consider(held_until_);
    if (auto due = commits_.due(hurries()))
      consider(std::max(*due, store_.until()));
    if (runner_->wants_watch())
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
      st->on_reported({seq, replay_id}, noted);
    },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
