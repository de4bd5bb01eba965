#include "actors/jobs/dispatched_queue.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// Jobs that are leased at a time for workers outside: 32 MiB at most. Their desk says in between
/// whether it has room for more.
constexpr size_t most_leased_for_desk = 128;

/// What a remote queue is to the dispatcher: as many workers as its desk has room for. A job that
/// waits for a worker is not at fault, however old it is.
job_queue_ptr spec_of(const remote_job_queue& x) {
  auto out = std::make_shared<job_queue>();
  out->name = x.name;
  out->retry_schedule = x.retry_schedule;
  out->deadline = x.ack_timeout;
  out->give_up_after = std::chrono::hours{24 * 36'500};
  return out;
}

} // namespace

dispatched_queue::dispatched_queue(job_dispatcher_actor::pointer self,
                                   const job_dispatcher_env& env, job_queue_ptr spec,
                                   job_end_book& ends, std::function<void()> changed)
  : self_(self), env_(env), spec_(std::move(spec)), ends_(ends), changed_(std::move(changed)),
    // Slow until it proves fast, so that nothing is leased far ahead.
    leases_({spec_->workers, env.options.ahead, env.options.batch}, spec_->deadline),
    outage_(spec_->away_pause, spec_->max_away_pause),
    crew_(std::make_unique<job_workers>(self, env, spec_, handlers())) {
  if (env_.stats)
    counters_ = &env_.stats->job_attempts.of(spec_->name);
}

dispatched_queue::dispatched_queue(job_dispatcher_actor::pointer self,
                                   const job_dispatcher_env& env,
                                   const remote_job_queue_ptr& remote, job_end_book& ends,
                                   std::function<void()> changed)
  : self_(self), env_(env), spec_(spec_of(*remote)), ends_(ends), changed_(std::move(changed)),
    // Nothing ahead: the desk says what it has room for.
    leases_({}, spec_->deadline), outage_(spec_->away_pause, spec_->max_away_pause),
    crew_(std::make_unique<desk_crew>(self, remote, handlers())),
    desk_(static_cast<desk_crew*>(crew_.get())), company_id_(remote->company_id) {
}

job_crew::handler dispatched_queue::handlers() {
  return {.on_end = [this](const auto& what, const auto& how) { on_end(what, how); },
          .on_freed = changed_};
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
  auto most = leases_.wanted(crew_->free(), crew_->busy());
  return is_remote() ? std::min(most, most_leased_for_desk) : most;
}

/// Threads of the node have jobs ahead of them, and few wait for one.
size_t dispatched_queue::awaited() const {
  if (!is_remote() || paused_ || outage_.is_away() || leases_.may_be_due())
    return 0;
  return std::min(crew_->free(), most_leased_for_desk);
}

wanted_jobs dispatched_queue::jobs(size_t most) const {
  return {spec_->name, most, company_id_};
}

/// The store is not asked again: what it said of due jobs has not changed.
void dispatched_queue::set_room(uint64_t jobs) {
  if (desk_ != nullptr)
    desk_->set_room(jobs);
}

void dispatched_queue::accept(const job& leased) {
  if (!crew_->renew(leased) && !leases_.renew(leased))
    leases_.add(leased);
}

void dispatched_queue::give_back() {
  for (const auto& x : leases_.take_ready())
    ends_.add(returned(x, env_.now()), leases_);
}

// -- attempts ---------------------------------------------------------------------

/// While the dependency of its jobs is unavailable, one job at a time probes it.
bool dispatched_queue::may_begin() const {
  return !outage_.is_away() || (self_->clock().now() >= outage_.next_probe() && crew_->busy() == 0);
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
    } else if (next.run_at < env_.now() + crew_->overdue_after()) {
      // Its lease would expire before its end.
      ends_.add(returned(next, env_.now()), leases_);
    } else if (!crew_->begin(std::move(next))) {
      break;
    }
    ready.pop_front();
  }
  if (!crew_->keeps_jobs())
    give_back();
}

void dispatched_queue::give_up_overdue() {
  for (const auto& x : crew_->give_up_overdue())
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
  // What a thread of the node did should not be done twice: a mail is sent.
  ends_.add(finished(what, outcome, *spec_, env_.now(), env_.random), leases_,
            is_remote() && how == job_end::done);
}

// -- views ------------------------------------------------------------------------

std::optional<dispatched_queue::clock::time_point>
dispatched_queue::next_work(clock::time_point now, timestamp wall, bool begins_jobs) const {
  auto out = crew_->next_overdue();
  auto consider = [&](clock::time_point x) { out = std::min(out.value_or(x), x); };
  if (auto due = leases_.next_due(); due && begins_jobs)
    consider(now + (*due - wall));
  if (outage_.next_probe() > now && begins_jobs)
    consider(outage_.next_probe());
  if (auto fading = crew_->next_fading())
    // In a second, if that is under way.
    consider(now
             + std::max<clock::duration>(*fading - env_.options.renew_before - wall,
                                         std::chrono::seconds{1}));
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
