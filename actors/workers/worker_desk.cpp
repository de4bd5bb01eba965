#include "actors/workers/worker_desk.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace carillon {

namespace {

void return_all(key_line::items xs) {
  for (auto& x : xs)
    x.promise.deliver(returned_outcome());
}

/// How long workers have to settle what they have when the node stops.
constexpr std::chrono::milliseconds drain_grace{1'000};

/// A consumer never blocks.
constexpr std::chrono::seconds status_deadline{5};

caf::error ending() {
  return caf::make_error(ec::shutting_down, std::string{"the node is shutting down"});
}

} // namespace

void worker_desk_state::init(worker_desk_actor::pointer self, worker_desk_env env) {
  self_ = self;
  env_ = std::move(env);
  book_.emplace(env_.settings);
  spans_ = desk_spans{env_.traces};
  if (env_.jobs)
    notes_.emplace(self_, env_.jobs->store, jobs_);
  if (env_.publish)
    watch_ = stall_watch{env_.options.stalled_after};
  look_at_workers();
  after_change();
}

worker_desk_state::clock::time_point worker_desk_state::now() const {
  return self_->clock().now();
}

// -- the consumer ---------------------------------------------------------------

void worker_desk_state::on_consumer(const consumer_actor& x, uint64_t generation) {
  consumer_ = x;
  generation_ = generation;
  // What the one before had delivered is delivered again.
  book_->clear();
  spans_.clear();
  open_.clear();
  outgoing_ = {};
  waiting_ = {};
  told_room_ = 0;
  for (auto& [id, promise] : workers_.take_held())
    promise.deliver(hello_to(id));
  after_change();
}

caf::result<delivery_outcome_ptr> worker_desk_state::deliver(const delivery& x) {
  const auto key = key_of(x);
  const auto waits = waiting_.contains(key);
  auto place = draining_ || waits ? std::nullopt : book_->hand_over(x, now(), key);
  if (!place && (draining_ || !(waits || book_->has_key(key)))) {
    after_change();
    return returned_outcome();
  }
  auto promise = self_->make_response_promise<delivery_outcome_ptr>();
  if (place) {
    hand_over(std::move(*place), x, promise);
  } else {
    waiting_.push(key, {x, promise});
  }
  after_change();
  return promise;
}

/// Empty if any worker may have it.
std::string worker_desk_state::key_of(const delivery& x) const {
  return env_.settings.max_per_key > 1 && !x.replay() ? order_key_of(env_.settings, *x.event)
                                                      : std::string{};
}

void worker_desk_state::hand_over(hand_over_place place, const delivery& x,
                                  caf::typed_response_promise<delivery_outcome_ptr> promise) {
  open_.add(place.number, std::move(promise));
  hand(std::move(place), x, {});
}

void worker_desk_state::look_at_waiting() {
  auto take = [this](const std::string& key, const key_line::item& x) {
    auto place = book_->hand_over(x.what, now(), key);
    if (place)
      hand_over(std::move(*place), x.what, x.promise);
    return place.has_value();
  };
  return_all(waiting_.offer(take, [this](const std::string& key) { return book_->has_key(key); }));
}

caf::result<job_outcome> worker_desk_state::deliver(const job& x) {
  auto place = draining_
                 ? std::nullopt
                 : book_->hand_over({std::to_string(x.id), x.fence, x.payload.size()}, now());
  if (!place) {
    after_change();
    return job_outcome::postponed({}, {});
  }
  auto promise = self_->make_response_promise<job_outcome>();
  jobs_.add(place->number, promise, {x.id, x.fence});
  delivery what;
  what.attempt = x.attempts;
  hand(std::move(*place), std::move(what), std::make_shared<const job>(x));
  after_change();
  return promise;
}

/// What the worker said last may have come to the store too late for the lease before.
void worker_desk_state::on_renewed(job_lease x) {
  jobs_.renew(x);
  if (notes_)
    notes_->send();
}

void worker_desk_state::on_committed(position x) {
  for (const auto& [id, worker] : workers_.all())
    caf::anon_send(worker, atom::committed_v, x);
}

/// What comes back does so in the order of the hand-over, and what waits behind it as well: it
/// would begin before it.
void worker_desk_state::answer(std::vector<ended_delivery> xs) {
  std::sort(xs.begin(), xs.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  std::set<std::string> came_back;
  for (auto& x : xs) {
    spans_.end(x.number, x.outcome, env_.now());
    if (auto held = jobs_.end(x.number)) {
      notes_->send_last(x.number);
      held->deliver(job_outcome_of(std::move(x), env_.now()));
      continue;
    }
    if (x.outcome.returned && waiting_.contains(x.key))
      came_back.insert(x.key);
    open_.answer(x.number, std::move(x.outcome));
  }
  for (const auto& key : came_back)
    return_all(waiting_.take(key));
}

// -- workers --------------------------------------------------------------------

caf::result<worker_hello> worker_desk_state::join(const worker_actor& x) {
  if (draining_)
    return ending();
  if (workers_.all().size() >= env_.options.max_workers)
    return caf::make_error(ec::overloaded, std::string{"too many workers are connected"});
  self_->monitor(x);
  auto id = book_->join();
  workers_.add(id, x);
  look_at_workers();
  if (generation_ > 0 || env_.jobs)
    return hello_to(id);
  return workers_.hold(id, self_->make_response_promise<worker_hello>());
}

worker_hello worker_desk_state::hello_to(worker_book::worker_id x) const {
  return {x, generation_, env_.history, env_.settings.ack_timeout};
}

void worker_desk_state::add_credit(worker_book::worker_id x, uint64_t deliveries) {
  book_->add_credit(x, deliveries);
  after_change();
}

void worker_desk_state::stop(worker_book::worker_id x) {
  book_->stop(x);
  after_change();
}

void worker_desk_state::on_down(const caf::down_msg& x) {
  const auto gone = workers_.remove(x);
  if (!gone)
    return;
  outgoing_.take(*gone);
  book_->lose(*gone, now());
  look_at_workers();
  after_change();
}

settled_deliveries worker_desk_state::settle(const settle_deliveries& xs) {
  settled_deliveries out;
  std::vector<noted_job> notes;
  auto ended = book_->settle(xs, now(), env_.now(), out.stale, notes);
  for (auto& x : notes)
    jobs_.note(std::move(x), env_.now());
  if (notes_)
    notes_->send();
  answer(std::move(ended));
  after_change();
  return out;
}

// -- pulls ----------------------------------------------------------------------

caf::result<handed_deliveries_ptr> worker_desk_state::pull(const pull_deliveries& x) {
  if (draining_)
    return ending();
  if (pulls_.size() >= env_.options.max_workers)
    return caf::make_error(ec::overloaded, std::string{"too many pulls wait"});
  auto most = std::min(x.most, env_.settings.batch.most);
  auto wait = env_.jobs ? std::max(x.wait, env_.options.least_job_wait) : x.wait;
  auto promise = self_->make_response_promise<handed_deliveries_ptr>();
  auto id = book_->join_pull(x.worker);
  pulls_.add(id, promise, now() + wait, x.ticket);
  book_->add_credit(id, most);
  look_at_workers();
  after_change();
  return promise;
}

void worker_desk_state::end_pull(uint64_t ticket) {
  const auto id = pulls_.named(ticket);
  if (!id)
    return;
  outgoing_.take(*id);
  auto back = book_->take_back(*id);
  answer_pull(*id);
  answer(std::move(back));
  after_change();
}

void worker_desk_state::answer_pull(worker_book::worker_id x) {
  auto promise = pulls_.take(x);
  book_->forget(x);
  promise.deliver(
    handed_deliveries_ptr{std::make_shared<const handed_deliveries>(outgoing_.take(x))});
  look_at_workers();
}

// -- handing over ---------------------------------------------------------------

void worker_desk_state::hand(hand_over_place place, delivery what,
                             std::shared_ptr<const job> work) {
  auto traceparent = work ? spans_.begin(place.number, *work, env_.now())
                          : spans_.begin(place.number, what, env_.now());
  outgoing_.add(place.worker, {.id = std::move(place.id),
                               .fence = std::move(place.fence),
                               .what = std::move(what),
                               .deadline = env_.now() + env_.settings.ack_timeout,
                               .work = std::move(work),
                               .traceparent = std::move(traceparent)});
  // Behind the deliveries that are in the mailbox already, so that they travel together.
  const auto pause = outgoing_.schedule(now(), env_.settings.batch.wait, env_.jobs.has_value());
  if (pause && pause->count() > 0)
    self_->delayed_send(self_, *pause, atom::flush_v);
  else if (pause)
    self_->send(self_, atom::flush_v);
}

void worker_desk_state::flush() {
  outgoing_.flushed(now());
  for (auto to : outgoing_.workers()) {
    if (pulls_.contains(to)) {
      answer_pull(to);
      continue;
    }
    auto batches = outgoing_.take_batches(to, env_.settings.batch.most);
    if (const auto* worker = workers_.find(to))
      for (auto& x : batches)
        caf::anon_send(*worker, std::move(x));
  }
  after_change();
}

// -- time -----------------------------------------------------------------------

void worker_desk_state::on_tick(uint64_t generation) {
  if (generation != timer_)
    return;
  armed_.reset();
  answer(book_->expire(now()));
  if (give_back_at_ && *give_back_at_ <= now())
    give_back();
  if (watch_.look(now()))
    look_at_lag();
  for (auto id : pulls_.all())
    if (book_->has_stopped(id) && !outgoing_.contains(id))
      answer_pull(id);
  for (auto id : pulls_.over(now()))
    if (!outgoing_.contains(id))
      answer_pull(id);
  after_change();
}

void worker_desk_state::after_change() {
  look_at_waiting();
  tell_room();
  set_timer();
}

void worker_desk_state::set_timer() {
  auto when = book_->next_due(now());
  for (const auto& x : {watch_.due(), give_back_at_, pulls_.next_due()})
    if (x && (!when || *x < *when))
      when = x;
  if (!when || (armed_ && *armed_ <= *when))
    return;
  armed_ = when;
  self_->delayed_send(self_, std::max<clock::duration>(*when - now(), std::chrono::milliseconds{1}),
                      atom::tick_v, ++timer_);
}

void worker_desk_state::tell_room() {
  auto room = draining_ ? 0
                        : std::min<uint64_t>(book_->room(now()) + waiting_.size(),
                                             env_.settings.max_in_flight);
  if ((consumer_ == nullptr && !env_.jobs) || room == told_room_)
    return;
  told_room_ = room;
  if (env_.jobs)
    caf::anon_send(env_.jobs->dispatcher, atom::room_v, env_.jobs->queue, room);
  else
    caf::anon_send(consumer_, atom::room_v, room);
}

void worker_desk_state::look_at_workers() {
  watch_.set_alone(workers_.all().empty() && pulls_.empty(), env_.now(), now());
}

void worker_desk_state::look_at_lag() {
  if (consumer_ == nullptr || draining_)
    return;
  self_->request(consumer_, status_deadline, atom::status_v)
    .then(
      [this](const consumer_status& x) {
        if (auto draft = watch_.report(env_.settings, x))
          env_.publish(std::move(draft));
      },
      [](const caf::error&) {});
}

worker_status worker_desk_state::status() const {
  worker_status out;
  out.generation = generation_;
  out.workers = workers_.all().size();
  out.pulls = pulls_.size();
  out.alone_since = watch_.alone_since();
  book_->describe(out);
  return out;
}

void worker_desk_state::drain() {
  draining_ = true;
  for (auto id : pulls_.all())
    answer_pull(id);
  for (auto& [id, promise] : workers_.take_held())
    promise.deliver(ending());
  return_all(waiting_.take_all());
  for (const auto& [id, worker] : workers_.all())
    caf::anon_send(worker, atom::drain_v);
  give_back_at_ = now() + drain_grace;
  after_change();
}

void worker_desk_state::give_back() {
  give_back_at_.reset();
  book_->clear();
  spans_.clear();
  open_.return_all();
  for (auto& promise : jobs_.end_all())
    promise.deliver(job_outcome::postponed({}, {}));
}

worker_desk_actor::behavior_type
worker_desk(worker_desk_actor::stateful_pointer<worker_desk_state> self, worker_desk_env env) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env));
  self->set_down_handler([st](const caf::down_msg& x) { st->on_down(x); });
  return {
    [st](const delivery& x) { return st->deliver(x); },
    [st](const job& x) { return st->deliver(x); },
    [st](atom::attach, uint64_t job, uint64_t fence) {
      st->on_renewed({job, fence});
    },
    [st](atom::attach, const consumer_actor& x, uint64_t generation) {
      st->on_consumer(x, generation);
    },
    [st](atom::committed, position x) { st->on_committed(x); },
    [st](atom::attach, const worker_actor& x) { return st->join(x); },
    [st](atom::room, uint64_t worker, uint64_t deliveries) { st->add_credit(worker, deliveries); },
    [st](atom::drain, uint64_t worker) { st->stop(worker); },
    [st](const settle_deliveries& xs) { return st->settle(xs); },
    [st](const pull_deliveries& x) { return st->pull(x); },
    [st](atom::closed, uint64_t ticket) { st->end_pull(ticket); },
    [st](atom::status) { return st->status(); },
    [st](atom::drain) {
      st->drain();
      return atom::done_v;
    },
    [st](atom::flush) { st->flush(); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
