#include "actors/consumers/consumer_deliveries.hpp"

#include "actors/consumers/runners/actor_runner.hpp"
#include "actors/consumers/runners/effect_runner.hpp"
#include "actors/consumers/runners/function_runner.hpp"
#include "base/failure_text.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace carillon {

namespace {

std::unique_ptr<delivery_runner> make_runner(const consumer_deliveries::links& to,
                                             delivery_listener& listener) {
  const auto& options = to.env.options;
  const auto& policy = to.spec.policy;
  const auto& target = to.spec.target;
  const delivery_spans spans{policy.traced ? to.env.traces : nullptr};
  if (const auto* handler = std::get_if<std::shared_ptr<effect_handler>>(&target))
    return std::make_unique<effect_runner>(*handler, spans, listener);
  if (const auto* fn = std::get_if<handler_function>(&target)) {
    function_runner::limits bounds{options.work_events, options.max_stuck_threads, policy.deadline};
    return std::make_unique<function_runner>(to.self, *fn, bounds, spans, listener);
  }
  actor_runner::limits bounds{to.spec.on_demand ? 0 : options.actor_in_flight, policy.in_flight,
                              policy.deadline};
  return std::make_unique<actor_runner>(to.self, std::get<caf::actor>(target), bounds,
                                        to.commits.answers(), spans, listener);
}

} // namespace

consumer_deliveries::consumer_deliveries(links to, const opened_consumer& x,
                                         std::function<void()> progress)
  : to_(to), progress_(std::move(progress)),
    window_(to.spec.policy, x.record.cursor, x.retries, x.record.updated_at),
    runner_(make_runner(to, *this)), retries_(to.self, to.env, to.spec, window_, to.commits, *this),
    generation_(x.record.generation), seen_at_(x.record.updated_at) {
  tally_.name = to.spec.name;
  tally_.company_id = to.spec.filter.company_id;
  tally_.remote = to.spec.on_demand;
  tally_.paused = x.record.paused;
  tally_.last_error = x.record.last_error;
  tally_.dead_letters = x.record.dead_letters;
}

// -- intake_sink --------------------------------------------------------------

size_t consumer_deliveries::room() const {
  return draining_ || tally_.paused || to_.commits.full() ? 0 : window_.room();
}

void consumer_deliveries::offer(const event_ptr& x) {
  window_.offer(x);
  to_.commits.changes().note_offered();
}

void consumer_deliveries::pass(position up_to) {
  window_.pass(up_to);
}

// -- input --------------------------------------------------------------------

void consumer_deliveries::add_row(const retry_row& x) {
  window_.add_row(x);
  tally_.dead_letters -= std::min<uint64_t>(tally_.dead_letters, 1);
}

void consumer_deliveries::replay(const replay_request& x, replay_intake::answer done) {
  if (reaction_of(to_.spec) == replay_reaction::never) {
    done();
    return;
  }
  for (auto& event : replays_.accept(x, to_.spec.filter, window_, std::move(done)))
    ready_.push({std::move(event), to_.spec.name, 1, x.replay_id, generation_});
}

void consumer_deliveries::drain() {
  draining_ = true;
  runner_->drain();
}

// -- delivery_listener --------------------------------------------------------

void consumer_deliveries::on_ready(delivery x) {
  x.generation = generation_;
  ready_.push(std::move(x));
}

void consumer_deliveries::on_returned(std::span<const delivery> xs) {
  ready_.put_back(xs);
}

void consumer_deliveries::on_progress() {
  progress_();
}

void consumer_deliveries::on_refused(retry_row x) {
  tally_.delivered -= std::min<uint64_t>(tally_.delivered, 1);
  ++tally_.failed;
  tally_.last_error = x.last_error;
  to_.commits.changes().note_error(tally_.last_error);
  window_.add_row(std::move(x));
}

void consumer_deliveries::take_effects(delivery_key key, delivery_outcome& outcome, timestamp now) {
  auto& made = outcome.made;
  if (!made.has<sql_statement>()) {
    to_.commits.changes().add(made);
    return;
  }
  // A refused event holds all others only if its row does, after a restart as well.
  if (to_.spec.policy.order == delivery_order::total && !outcome.error)
    outcome.error = failure{
      ec::handler_failed, "statements need the order per_key (with one key for all) or none", {}};
  event_statements own;
  own.statements = std::exchange(made.rows<sql_statement>(), {});
  // Those of a failed attempt do not take place; what else it caused, such as its history, does.
  if (outcome.error) {
    to_.commits.changes().add(made);
    return;
  }
  own.others.take(made);
  own.if_refused = window_.row_if_refused(key, now);
  to_.commits.changes().add(std::move(own));
}

void consumer_deliveries::on_outcome(const delivery& x, delivery_outcome& outcome) {
  auto now = to_.env.now();
  auto& commits = to_.commits;
  const auto& error = outcome.error;
  delivery_key key{x.event->seq, x.replay_id};
  take_effects(key, outcome, now);
  commits.changes().note_work();
  tally_.last_progress = now;
  if (outcome.hold_until)
    held_until_ = std::max(held_until_, to_.self->clock().now() + (*outcome.hold_until - now));
  if (error) {
    ++tally_.failed;
    tally_.last_error = text_of(*error);
    commits.changes().note_error(tally_.last_error);
    window_.failed(key, tally_.last_error, now, outcome.not_before, outcome.status, outcome.dead);
  } else {
    ++tally_.delivered;
    window_.succeeded(key);
  }
  auto replayed = replays_.complete(key, error.has_value());
  if (replayed && replayed->failed)
    commits.changes().call_when_durable(std::move(replayed->done));
  else if (replayed)
    replayed->done();
}

// -- the loop -----------------------------------------------------------------

/// If the wall clock is set back, retries would wait longer by the difference. If it is set
/// forward, they come early, which does no harm.
void consumer_deliveries::look_at_clock() {
  constexpr std::chrono::seconds step{1};
  auto now = to_.env.now();
  if (now + step < seen_at_)
    window_.set_back_to(now);
  seen_at_ = now;
}

bool consumer_deliveries::waits_for_statements() const {
  return to_.spec.policy.order == delivery_order::per_key && to_.commits.has_statements(window_);
}

bool consumer_deliveries::may_start() const {
  return !draining_ && !waits_for_statements() && !tally_.paused
         && to_.self->clock().now() >= held_until_;
}

void consumer_deliveries::start() {
  if (!may_start())
    return;
  // In the order per_key the next event of a key may be far behind the first ones of others.
  const auto& policy = to_.spec.policy;
  const bool by_position = policy.order == delivery_order::per_key && policy.in_flight > 0;
  // An event commits before the next one of its key begins. Those before the first event whose
  // statements wait for the cursor are of other keys, or it would not have begun; the cursor waits
  // for them.
  const auto before
    = policy.order == delivery_order::per_key ? to_.commits.first_uncovered(window_) : beyond_all;
  for (auto& x : window_.start_new(to_.env.options.uncommitted_events, to_.env.now(), before)) {
    delivery added{std::move(x), to_.spec.name, 1, 0, generation_};
    if (by_position)
      ready_.push_by_position(std::move(added));
    else
      ready_.push(std::move(added));
  }
  retries_.start(before);
  run();
}

void consumer_deliveries::run() {
  if (ready_.empty() || !may_start())
    return;
  put_holder_first();
  runner_->run(ready_.queue());
}

/// Many completions ahead of the cursor fill the deliveries in flight; the event that holds it must
/// not wait behind others then.
void consumer_deliveries::put_holder_first() {
  const auto* holder = window_.front();
  if (to_.spec.policy.in_flight == 0 || holder == nullptr)
    return;
  // Nothing is under way, and no commit would free a place: only this event can.
  const bool stuck = !runner_->busy() && !runner_->has_room()
                     && to_.commits.answers().all() <= window_.done_ahead();
  runner_->let_run(stuck ? holder->seq : 0);
  ready_.put_first(holder->seq);
}

void consumer_deliveries::watch() {
  if (runner_->watch())
    run();
}

void consumer_deliveries::prepare_commit() {
  tally_.dead_letters += to_.commits.prepare(window_, to_.env.now()).dead_letters.size();
}

// -- properties ---------------------------------------------------------------

bool consumer_deliveries::waits_for_commit() const {
  return waits_for_statements()
         || (to_.commits.answers().waiting() > 0 && !ready_.empty() && !runner_->has_room());
}

std::optional<consumer_deliveries::clock::time_point> consumer_deliveries::next_due() const {
  auto now = to_.self->clock().now();
  std::optional<clock::time_point> when;
  auto consider = [&](clock::time_point t) { when = when ? std::min(*when, t) : t; };
  if (auto due = window_.rows().next_due(); due && !tally_.paused && !draining_) {
    auto pause = std::max<clock::duration>(*due - to_.env.now(), std::chrono::milliseconds{1});
    consider(std::max(now + pause, held_until_));
  }
  if (now < held_until_)
    consider(held_until_);
  if (runner_->wants_watch())
    consider(now + to_.spec.policy.deadline / 2);
  return when;
}

consumer_status consumer_deliveries::status() const {
  auto out = tally_;
  out.cursor = to_.commits.durable_cursor(window_);
  out.in_flight = window_.running();
  out.retrying = window_.rows().size();
  out.oldest_failure = window_.rows().oldest_failure();
  return out;
}

} // namespace carillon
