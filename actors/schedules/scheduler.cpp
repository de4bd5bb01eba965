#include "actors/schedules/scheduler.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <ctime>
#include <utility>

namespace carillon {

std::chrono::nanoseconds time_since_boot() {
  timespec x{};
  clock_gettime(CLOCK_BOOTTIME, &x);
  return std::chrono::seconds{x.tv_sec} + std::chrono::nanoseconds{x.tv_nsec};
}

void scheduler_state::init(scheduler_actor::pointer self, scheduler_env env) {
  self_ = self;
  env_ = std::move(env);
  look();
}

// -- callbacks ----------------------------------------------------------------------

template <class Request>
caf::result<reply_of<Request>> scheduler_state::change(const Request& x) {
  if (draining_)
    return caf::make_error(ec::shutting_down, std::string{"the node is shutting down"});
  auto promise = self_->make_response_promise<reply_of<Request>>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, promise](const reply_of<Request>& made) mutable {
        promise.deliver(made);
        wake_for(made);
      },
      // If it was made nevertheless, the next look finds it.
      [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

void scheduler_state::on_tick(uint64_t generation) {
  if (generation != generation_)
    return;
  armed_for_ = clock::time_point::max();
  look();
}

caf::result<atom::done> scheduler_state::drain() {
  auto promise = self_->make_response_promise<atom::done>();
  draining_ = true;
  if (busy_)
    drain_promises_.push_back(promise);
  else
    promise.deliver(atom::done_v);
  return promise;
}

// -- a round ------------------------------------------------------------------------

void scheduler_state::look() {
  if (draining_)
    return;
  if (busy_) {
    again_ = true;
    return;
  }
  busy_ = true;
  again_ = more_ = failed_ = false;
  round_now_ = env_.now();
  round_elapsed_ = env_.elapsed();
  judge_pause(round_now_);
  self_->request(env_.state_reader, store_deadline, find_due{round_now_, env_.options.batch})
    .then([this](const due_work_ptr& found) { take(found); },
          [this](const caf::error&) { end_round(false); });
}

void scheduler_state::judge_pause(timestamp now) {
  const auto patience = std::chrono::nanoseconds{env_.options.missed_after};
  if (good_at_ && round_elapsed_ - *good_at_ <= patience)
    return;
  const auto late = now - std::chrono::duration_cast<std::chrono::microseconds>(patience);
  late_before_ = std::max(late_before_, late);
}

void scheduler_state::take(const due_work_ptr& found) {
  found_ = found;
  batch_ = {};
  more_
    = found->schedules.size() >= env_.options.batch || found->delayed.size() >= env_.options.batch;
  for (const auto& x : found->schedules)
    more_ = !batch_.add(x, round_now_, late_before_, env_.options) || more_;
  if (found->delayed.empty()) {
    publish();
    return;
  }
  take_delayed request;
  for (const auto& x : found->delayed)
    request.ids.push_back(x.id);
  self_->request(env_.state_writer, store_deadline, std::move(request))
    .then(
      [this](const taken_delays& taken) {
        // The others were cancelled meanwhile.
        for (const auto& x : found_->delayed)
          if (std::find(taken.ids.begin(), taken.ids.end(), x.id) != taken.ids.end())
            more_ = !batch_.add(x) || more_;
        publish();
      },
      [this](const caf::error&) { end_round(false); });
}

void scheduler_state::publish() {
  const auto size = batch_.calls().size();
  waiting_calls_ = size;
  if (size == 0) {
    settle();
    return;
  }
  const auto deadline = self_->clock().now() + env_.options.publish_deadline;
  for (size_t i = 0; i < size; ++i) {
    auto done = [me = scheduler_actor{self_}, id = first_call_ + i](expected<receipts> result) {
      caf::anon_send(me, publish_outcome_ptr{std::make_shared<const publish_outcome>(
                           publish_outcome{id, std::move(result)})});
    };
    auto company = batch_.calls()[i].company;
    self_->send(env_.router, std::make_shared<publish_call>(batch_.take_drafts(i), deadline,
                                                            std::move(done), std::move(company)));
  }
}

void scheduler_state::on_outcome(const publish_outcome& x) {
  // Each call of the round is answered once, and the next round begins after the last answer.
  if (x.call < first_call_ || x.call - first_call_ >= batch_.calls().size())
    return;
  failed_ = failed_ || !x.result;
  batch_.settle(static_cast<size_t>(x.call - first_call_), x.result);
  if (--waiting_calls_ > 0)
    return;
  first_call_ += batch_.calls().size();
  settle();
}

void scheduler_state::settle() {
  auto moves = batch_.moves();
  if (moves.empty()) {
    settle_delays();
    return;
  }
  self_->request(env_.state_writer, store_deadline, move_schedules{std::move(moves)})
    .then([this](atom::done) { settle_delays(); },
          // It may have been written, or is written again by the next round.
          [this](const caf::error&) {
            failed_ = true;
            settle_delays();
          });
}

void scheduler_state::settle_delays() {
  auto delays = batch_.delays();
  if (delays.empty()) {
    end_round(!failed_);
    return;
  }
  self_->request(env_.state_writer, store_deadline, settle_delayed{std::move(delays)})
    .then([this](atom::done) { end_round(!failed_); },
          [this](const caf::error&) { end_round(false); });
}

void scheduler_state::end_round(bool good) {
  busy_ = false;
  for (auto& promise : std::exchange(drain_promises_, {}))
    promise.deliver(atom::done_v);
  if (good) {
    good_at_ = round_elapsed_;
    if (!more_)
      late_before_ = timestamp::min();
  }
  const auto next = found_ == nullptr ? std::nullopt : found_->next;
  found_.reset();
  batch_ = {};
  if (!good) {
    arm(env_.options.tick);
  } else if (more_ || again_) {
    look();
  } else {
    arm(env_.options.tick);
    wake_at(next);
  }
}

// -- time ---------------------------------------------------------------------------

void scheduler_state::wake_for(const schedule_record& x) {
  wake_at(x.next_at);
}

void scheduler_state::wake_for(const delayed_event& x) {
  wake_at(x.publish_at);
}

void scheduler_state::wake_at(const std::optional<timestamp>& x) {
  if (!x)
    return;
  if (busy_) {
    // The round under way may have looked before it was there.
    again_ = again_ || *x <= env_.now() + env_.options.tick;
    return;
  }
  // Short before it is due would be a look for nothing.
  const auto left = *x - env_.now() + std::chrono::milliseconds{1};
  if (left < env_.options.tick)
    arm(std::max<clock::duration>(left, std::chrono::milliseconds{1}));
}

/// There is no way to take a timer back, so one is set only if it is the first to end.
void scheduler_state::arm(clock::duration pause) {
  const auto when = self_->clock().now() + pause;
  if (draining_ || when >= armed_for_)
    return;
  armed_for_ = when;
  self_->delayed_send(self_, pause, atom::tick_v, ++generation_);
}

scheduler_actor::behavior_type scheduler(scheduler_actor::stateful_pointer<scheduler_state> self,
                                         scheduler_env env) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env));
  return {
    [st](const put_schedule& x) { return st->change(x); },
    [st](const delete_schedule& x) { return st->change(x); },
    [st](const pause_schedule& x) { return st->change(x); },
    [st](const put_delayed& x) { return st->change(x); },
    [st](const cancel_delayed& x) { return st->change(x); },
    [st](atom::drain) { return st->drain(); },
    [st](const publish_outcome_ptr& x) { st->on_outcome(*x); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
