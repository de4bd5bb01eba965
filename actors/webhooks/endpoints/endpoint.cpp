#include "actors/webhooks/endpoints/endpoint.hpp"

#include "actors/webhooks/endpoints/attempt_span.hpp"
#include "messages/actor_defaults.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>

namespace carillon {

namespace {

std::string seconds_text(std::chrono::milliseconds x) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(x).count()) + " s";
}

} // namespace

std::string error_of(const http_response& x) {
  if (x.fault == http_fault::none)
    return x.status >= 200 && x.status < 300 ? "" : "HTTP " + std::to_string(x.status);
  // The text gets into dead letters and states, which a tenant may see.
  if (tells_of_network(x.fault))
    return std::string{unreachable} + ": " + std::string{unreachable_text};
  auto out = std::string{to_string(x.fault)} + ": " + x.error;
  if (x.status != 0)
    out = "HTTP " + std::to_string(x.status) + ", " + out;
  return out;
}

endpoint_state::~endpoint_state() {
  if (env_.stats != nullptr)
    env_.stats->webhook_in_flight -= sent_.size();
}

void endpoint_state::init(caf::event_based_actor* self, endpoint_env env, endpoint_target target) {
  self_ = self;
  env_ = std::move(env);
  target_ = std::move(target);
  if (auto rate = target_.webhook.settings.rate_per_second; rate > 0.0)
    bucket_.emplace(rate);
  note_failing_since(target_.webhook.failing_since);
  alert_.emplace(target_.webhook.id, env_.options.give_up_after, env_.report);
}

void endpoint_state::note_failing_since(std::optional<timestamp> x) {
  failing_since_ = x;
  if (env_.failing_since_us != nullptr)
    *env_.failing_since_us = x ? to_micros(*x) : 0;
}

// -- sending ------------------------------------------------------------------

caf::result<delivery_outcome_ptr> endpoint_state::deliver(const delivery& x) {
  job added{x, self_->make_response_promise<delivery_outcome_ptr>(), {}};
  auto promise = added.promise;
  waiting_.push_back(std::move(added));
  pump();
  return promise;
}

void endpoint_state::pump() {
  while (!waiting_.empty()) {
    auto now = self_->clock().now();
    auto ready_at
      = std::max({blocked_until_, brake_.ready_at(), bucket_ ? bucket_->ready_at(now) : now});
    if (ready_at > now) {
      if (!tick_at_ || ready_at < *tick_at_) {
        tick_at_ = ready_at;
        self_->delayed_send(self_, ready_at - now, atom::tick_v);
      }
      return;
    }
    if (bucket_)
      bucket_->take(now);
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(next));
  }
}

void endpoint_state::send(job x) {
  x.begun = env_.now();
  const auto& event = *x.what.event;
  x.traced = begin_span(env_.stats->traces, event.seq, event.traceparent, x.begun);
  auto request
    = webhook_request(target_.webhook.settings, target_.secrets, event, x.what.replay_id, x.begun,
                      env_.options.deadlines, traceparent_of(x.traced, event.traceparent));
  auto token = ++next_token_;
  sent_.emplace(token, std::move(x));
  ++env_.stats->webhook_in_flight;
  auto answer = [me = caf::actor_cast<caf::actor>(self_), token](http_response_ptr response) {
    caf::anon_send(me, token, std::move(response));
  };
  if (!request) {
    // A template that cannot be filled in is the webhook's fault, all else the node's.
    const bool is_message = request.error().code == ec::invalid_argument;
    return answer(std::make_shared<const http_response>(
      http_response{.fault = is_message ? http_fault::message : http_fault::not_sent,
                    .error = request.error().detail}));
  }
  request->sender = target_.webhook.id;
  env_.call(std::move(*request), std::move(answer));
}

void endpoint_state::on_tick() {
  // A later timer with an earlier due time made this one needless.
  if (tick_at_ && self_->clock().now() < *tick_at_)
    return;
  tick_at_.reset();
  pump();
}

// -- judging ------------------------------------------------------------------

void endpoint_state::on_response(uint64_t token, const http_response_ptr& x) {
  auto taken = sent_.extract(token);
  if (taken.empty())
    return;
  --env_.stats->webhook_in_flight;
  auto& done = taken.mapped();
  count(done, *x);
  if (x->fault == http_fault::not_sent) {
    // A fault of the node, not of the receiver: no attempt was made.
    blocked_until_ = self_->clock().now() + env_.options.overload_pause;
    waiting_.push_front(std::move(done));
    pump();
    return;
  }
  if (done.traced)
    record(done, *x);
  done.promise.deliver(
    delivery_outcome_ptr{std::make_shared<const delivery_outcome>(judge(done, x))});
  // A success may have unblocked the others.
  pump();
}

void endpoint_state::count(const job& x, const http_response& response) {
  auto& stats = *env_.stats;
  ++stats.webhook_attempts.at(webhook_outcome(response));
  if (response.status != 0)
    stats.webhook_attempt_latency.record(
      std::chrono::microseconds{static_cast<int64_t>(response.phases.total_ms * 1'000.0)});
  if (x.what.attempt == 1 && !x.what.replay() && verdict_of(response) == webhook_verdict::success)
    stats.webhook_delivery_latency.record(env_.now() - x.what.event->recorded_at);
}

void endpoint_state::record(const job& x, const http_response& response) const {
  env_.stats->traces->record(
    attempt_span(*x.traced, x.what, target_.webhook, response, env_.now()));
}

delivery_outcome endpoint_state::judge(const job& x, const http_response_ptr& response) {
  const auto& event = *x.what.event;
  auto verdict = verdict_of(*response);
  auto now = env_.now();
  auto steady = self_->clock().now();
  brake_.take_in(verdict, steady, response->retry_after, now);
  delivery_outcome out;
  webhook_attempt attempt;
  attempt.delivery = {target_.webhook.id, event.seq, x.what.replay_id};
  attempt.event_id = event.id;
  attempt.event_type = event.type;
  attempt.company_id = event.company_id;
  attempt.at = x.begun;
  attempt.trigger = x.what.attempt > 1 ? attempt_trigger::retry
                    : x.what.replay()  ? attempt_trigger::replay
                                       : attempt_trigger::live;
  attempt.url = target_.webhook.settings.url;
  attempt.response = response;
  if (verdict == webhook_verdict::success)
    attempt.next_reason = "delivered";
  else
    judge_failure(x, verdict, attempt, out);
  if (verdict == webhook_verdict::gone)
    blocked_until_ = std::max(blocked_until_, steady + env_.options.gone_pause);
  if (auto free_at = std::max(brake_.ready_at(), blocked_until_); free_at > steady)
    out.hold_until = now + std::chrono::ceil<std::chrono::microseconds>(free_at - steady);
  judge_health(x, verdict, out.made);
  out.made.add(std::move(attempt));
  return out;
}

void endpoint_state::judge_failure(const job& x, webhook_verdict verdict, webhook_attempt& attempt,
                                   delivery_outcome& out) {
  const auto& retry = target_.webhook.settings.retry;
  const auto& response = *attempt.response;
  auto now = env_.now();
  auto n = x.what.attempt;
  out.error = failure{ec::handler_failed, error_of(response), {}};
  out.status = response.status;
  auto pause = delay_of(retry, n, response.retry_after, now, env_.random());
  if (!pause) {
    attempt.after = webhook_delivery_state::failed;
    attempt.next_reason
      = "given up: attempt " + std::to_string(n) + " was the last of the schedule";
    return;
  }
  attempt.after = webhook_delivery_state::retrying;
  attempt.next_at = now + *pause;
  out.not_before = attempt.next_at;
  auto planned = retry.schedule.at(n - 1);
  if (auto asked = retry_after_of(response.retry_after, now); asked && *asked >= *pause)
    attempt.next_reason
      = "the receiver asked for a pause of " + seconds_text(*asked) + " (Retry-After)";
  else
    attempt.next_reason = "schedule: " + seconds_text(planned) + " after attempt "
                          + std::to_string(n) + ", and up to a tenth more";
  if (verdict == webhook_verdict::gone)
    attempt.next_reason += "; the receiver is gone (410): the webhook is disabled, and the attempt "
                           "waits until it is enabled";
  if (verdict == webhook_verdict::slow_down)
    attempt.next_reason += "; the endpoint is slowed down for "
                           + seconds_text(std::chrono::ceil<std::chrono::milliseconds>(
                             brake_.ready_at() - self_->clock().now()));
}

void endpoint_state::judge_health(const job& x, webhook_verdict verdict, effects& out) {
  auto id = target_.webhook.id;
  if (verdict == webhook_verdict::success) {
    if (failing_since_) {
      out.add(webhook_health{id, std::nullopt});
      alert_->succeeded(*failing_since_, env_.now());
    }
    note_failing_since(std::nullopt);
    return;
  }
  auto now = env_.now();
  if (!failing_since_) {
    note_failing_since(now);
    out.add(webhook_health{id, failing_since_});
  }
  alert_->failed(*failing_since_, now);
  if (env_.hub == nullptr)
    return;
  // The same text for the same cause, so that the log accepts only one note of it.
  if (verdict == webhook_verdict::gone)
    self_->send(env_.hub, atom::pause_v, id, std::string{"gone"},
                std::to_string(x.what.event->seq) + "/" + std::to_string(x.what.replay_id) + "/"
                  + std::to_string(to_micros(x.begun)));
  else if (now - *failing_since_ >= env_.options.give_up_after)
    self_->send(env_.hub, atom::pause_v, id, std::string{"failing"},
                std::to_string(to_micros(*failing_since_)));
}

caf::behavior endpoint(caf::stateful_actor<endpoint_state>* self, endpoint_env env,
                       endpoint_target target) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env), std::move(target));
  return {
    [st](const delivery& x) { return st->deliver(x); },
    [st](uint64_t token, const http_response_ptr& x) { st->on_response(token, x); },
    [st](atom::tick) { st->on_tick(); },
  };
}

} // namespace carillon
