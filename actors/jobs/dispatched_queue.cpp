#include "actors/jobs/dispatched_queue.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace carillon {

dispatched_queue::dispatched_queue(job_dispatcher_actor::pointer self,
                                   const job_dispatcher_env& env, job_queue_ptr spec,
                                   job_end_book& ends, std::function<void()> changed)
  : self_(self), env_(env), spec_(std::move(spec)), ends_(ends), changed_(std::move(changed)),
    // Slow until it proves fast, so that nothing is leased far ahead.
    leases_({spec_->workers, env.options.ahead, env.options.batch}, spec_->deadline),
    outage_(spec_->away_pause, spec_->max_away_pause),
    workers_(self, env, spec_,
             {.on_end = [this](const auto& what, const auto& how) { on_end(what, how); },
              .on_freed = changed_}) {
  if (env_.stats)
    counters_ = &env_.stats->job_attempts.of(spec_->name);
}

void dispatched_queue::pause(bool on) {
  paused_ = on;
  if (on)
    give_back();
  else
    leases_.wake();
}

// -- leases -----------------------------------------------------------------------

size_t dispatched_queue::wanted() const {
  if (paused_ || !may_begin())
    return 0;
  if (outage_.is_away())
    return leases_.wanted_for_probe();
  return leases_.wanted(workers_.free(), workers_.busy());
}

void dispatched_queue::accept(const job& leased) {
  if (!workers_.renew(leased) && !leases_.renew(leased))
    leases_.add(leased);
}

void dispatched_queue::give_back() {
  for (const auto& x : leases_.take_ready())
    ends_.add(returned(x, env_.now()), leases_);
}

// -- attempts ---------------------------------------------------------------------

/// While the dependency of its jobs is unavailable, one job at a time probes it.
bool dispatched_queue::may_begin() const {
  return !outage_.is_away()
         || (self_->clock().now() >= outage_.next_probe() && workers_.busy() == 0);
}

void dispatched_queue::start() {
  if (paused_)
    return;
  auto most = spec_->retry_schedule.size() + 1 + env_.options.max_lost_attempts;
  auto& ready = leases_.ready();
  while (!ready.empty() && may_begin()) {
    auto& next = ready.front();
    if (next.attempts > most) {
      record({next.id, next.fence, next.attempts, self_->clock().now(), next.created_at},
             job_outcome::hopeless("it was begun " + std::to_string(next.attempts - 1)
                                   + " times, and never came to an end"),
             job_end::hopeless);
    } else if (next.run_at < env_.now() + workers_.overdue_after()) {
      // Its lease would expire before its end.
      ends_.add(returned(next, env_.now()), leases_);
    } else if (!workers_.begin(std::move(next))) {
      break;
    }
    ready.pop_front();
  }
}

void dispatched_queue::give_up_overdue() {
  for (const auto& x : workers_.give_up_overdue())
    record(x,
           job_outcome::failed("no end within " + std::to_string(spec_->deadline.count()) + " ms"),
           job_end::timeout);
}

void dispatched_queue::on_end(const job_attempt& what, const job_outcome& outcome) {
  if (outcome.what == job_outcome::verdict::postponed) {
    // Nothing was tried: the outcome says nothing about the duration of jobs or the availability of
    // their dependency.
    if (env_.now() - what.created_at >= spec_->give_up_after)
      record(what, job_outcome::hopeless(outcome.error), job_end::hopeless);
    else
      ends_.add(postponed(what, outcome, env_.now()), leases_);
    changed_();
    return;
  }
  auto now = self_->clock().now();
  leases_.note_duration(now - what.begun);
  if (env_.stats)
    env_.stats->job_latency.record(now - what.begun);
  auto change = outage_.note(outcome, now);
  if (change == job_outage::change::away)
    give_back();
  if (change != job_outage::change::none)
    leases_.wake();
  record(what, outcome, end_of(outcome));
  changed_();
}

void dispatched_queue::record(const job_attempt& what, const job_outcome& outcome, job_end how) {
  if (counters_ != nullptr)
    ++counters_->at(static_cast<size_t>(how));
  ends_.add(finished(what, outcome, *spec_, env_.now(), env_.random), leases_);
}

// -- views ------------------------------------------------------------------------

std::optional<dispatched_queue::clock::time_point>
dispatched_queue::next_work(clock::time_point now, timestamp wall, bool begins_jobs) const {
  auto out = workers_.next_overdue();
  auto consider = [&](clock::time_point x) { out = std::min(out.value_or(x), x); };
  if (auto due = leases_.next_due(); due && begins_jobs)
    consider(now + (*due - wall));
  if (outage_.next_probe() > now && begins_jobs)
    consider(outage_.next_probe());
  return out;
}

void dispatched_queue::describe(job_queue_record& x) const {
  if (!outage_.is_away())
    return;
  x.unavailable = outage_.reason();
  auto left = outage_.next_probe() - self_->clock().now();
  x.next_try
    = env_.now() + std::chrono::duration_cast<timestamp::duration>(std::max(left, left.zero()));
}

} // namespace carillon
