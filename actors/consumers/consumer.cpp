#include "actors/consumers/consumer.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace carillon {

// -- initialization -----------------------------------------------------------

void consumer_state::init(consumer_actor::pointer self, consumer_env env,
                          consumer_settings_ptr spec) {
  self_ = self;
  env_ = std::move(env);
  spec_ = std::move(spec);
  if (spec_->policy.uncommitted_events > 0)
    env_.options.uncommitted_events = spec_->policy.uncommitted_events;
  if (env_.feed == nullptr)
    env_.feed = env_.router;
  intake_ = intake{spec_->filter, spec_->fed_by_filter};
  commits_
    = commit_pipeline{spec_->name, spec_->filter.company_id.value_or(std::string{}), env_.options};
  // Attached first: every event appended from here on is sent or announced, so the hand-over from
  // reading the log has no gap.
  self_->request(env_.feed, store_deadline, atom::attach_v, batch_taker_actor{self_})
    .then(
      [this](position head) {
        intake_.see_head(head);
        open();
      },
      [this](const caf::error& reason) { self_->quit(reason); });
}

void consumer_state::open() {
  auto initial = spec_->policy.start == start_at::now ? intake_.head() : 0;
  self_->request(env_.state, store_deadline, open_consumer{spec_->name, initial})
    .then([this](const opened_consumer_ptr& x) { on_opened(x); },
          [this](const caf::error& reason) {
            rejected(reason);
            arm();
          });
}

void consumer_state::on_opened(const opened_consumer_ptr& x) {
  deliveries_.emplace(consumer_deliveries::links{self_, env_, *spec_, commits_}, *x,
                      [this] { pump(); });
  feed_.emplace(log_feed::links{self_, env_, store_, intake_, *deliveries_}, [this] { pump(); });
  intake_.start_after(x->record.cursor);
  commits_.start(x->record.cursor, x->record.generation);
  store_.succeed();
  if (spec_->on_demand)
    tell_target(atom::attach_v, consumer_actor{self_}, x->record.generation);
  if (draining_) {
    feed_->drain();
    deliveries_->drain();
  }
  pump();
  for (auto& promise : std::exchange(status_promises_, {}))
    promise.deliver(describe());
  finish_drain();
}

// -- callbacks ----------------------------------------------------------------

void consumer_state::on_batch(const event_batch_ptr& x) {
  intake_.push(x);
  pump();
}

void consumer_state::on_head(position x) {
  intake_.see_head(x);
  pump();
}

void consumer_state::on_pause(bool paused) {
  if (deliveries_)
    deliveries_->pause(paused);
  pump();
}

void consumer_state::on_room(uint64_t deliveries) {
  if (deliveries_)
    deliveries_->set_room(deliveries);
  pump();
}

void consumer_state::on_retry_row(const retry_row& x) {
  if (deliveries_)
    deliveries_->add_row(x);
  pump();
}

void consumer_state::on_reported(delivery_key x, bool noted) {
  if (deliveries_)
    deliveries_->on_reported(x, noted);
}

void consumer_state::on_tick(uint64_t generation) {
  if (generation != generation_)
    return;
  armed_.reset();
  if (deliveries_)
    pump();
  else
    open();
}

caf::result<consumer_status> consumer_state::status() {
  auto promise = self_->make_response_promise<consumer_status>();
  if (deliveries_)
    promise.deliver(describe());
  else
    status_promises_.push_back(promise);
  return promise;
}

consumer_status consumer_state::describe() const {
  auto out = deliveries_->status();
  out.lag = intake_.head() - std::min(intake_.head(), out.cursor);
  const auto* first = deliveries_->window().front();
  if (first == nullptr)
    first = intake_.first_pending();
  if (out.lag > 0) {
    auto since = first != nullptr ? first->recorded_at : out.last_progress.value_or(env_.now());
    out.lag_seconds = std::max(0.0, std::chrono::duration<double>(env_.now() - since).count());
  }
  out.catching_up = intake_.catching_up();
  if (!store_.reason().empty())
    out.last_error = store_.reason();
  return out;
}

caf::result<atom::done> consumer_state::drain() {
  draining_ = true;
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  if (deliveries_) {
    feed_->drain();
    deliveries_->drain();
    pump();
  } else {
    finish_drain();
  }
  return promise;
}

void consumer_state::finish_drain() {
  if (deliveries_ && (deliveries_->busy() || commits_.busy()))
    return;
  for (auto& promise : std::exchange(drain_promises_, {}))
    promise.deliver(atom::done_v);
}

caf::result<atom::done> consumer_state::replay(const replay_request& x) {
  if (!deliveries_ || draining_)
    return caf::make_error(ec::shutting_down, std::string{"the handler is not running"});
  auto promise = self_->make_response_promise<atom::done>();
  deliveries_->replay(x, [promise]() mutable { promise.deliver(atom::done_v); });
  pump();
  return promise;
}

// -- the loop -----------------------------------------------------------------

void consumer_state::pump() {
  if (!deliveries_)
    return;
  deliveries_->look_at_clock();
  // Effects are done at once, which makes room for more: the loop runs until the next page is under
  // way, or nothing is left.
  do {
    feed_->supply();
    deliveries_->start();
  } while (feed_->may_read());
  deliveries_->watch();
  commit();
  finish_drain();
  arm();
}

template <class... Ts>
void consumer_state::tell_target(Ts... xs) {
  // Anonymous: a typed actor would have to accept the answers of its target.
  caf::anon_send(std::get<caf::actor>(spec_->target), std::move(xs)...);
}

void consumer_state::rejected(const caf::error& reason) {
  store_.begin(reason, self_->clock().now() + env_.options.store_pause);
}

void consumer_state::commit() {
  auto now = self_->clock().now();
  commits_.look_for_changes(deliveries_->window(), now);
  if (!store_.over(now))
    return;
  if (auto due = commits_.due(hurries()); due && *due <= now)
    deliveries_->prepare_commit();
  auto next = commits_.submit();
  if (next == nullptr)
    return;
  self_->request(env_.state, answered_or_ended, std::move(next))
    .then(
      [this](atom::done) {
        store_.succeed();
        for (auto& row : commits_.succeed())
          deliveries_->on_refused(std::move(row));
        if (spec_->on_demand)
          tell_target(atom::committed_v, commits_.committed());
        pump();
      },
      [this](const caf::error& reason) {
        if (reason == ec::conflict) {
          // The store is ahead of this consumer, or it was opened again: it starts over from the
          // stored state.
          self_->quit(reason);
          return;
        }
        rejected(reason);
        commits_.fail();
        arm();
      });
}

/// The commit does not wait for further changes.
bool consumer_state::hurries() const {
  return draining_ || deliveries_->waits_for_commit();
}

void consumer_state::arm() {
  auto now = self_->clock().now();
  std::optional<clock::time_point> when;
  auto consider = [&](clock::time_point t) { when = when ? std::min(*when, t) : t; };
  if (!store_.over(now))
    consider(store_.until());
  if (deliveries_) {
    if (auto due = deliveries_->next_due())
      consider(*due);
    if (auto due = commits_.due(hurries()))
      consider(std::max(*due, store_.until()));
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
    [st](atom::room, uint64_t deliveries) { st->on_room(deliveries); },
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
