#include "actors/jobs/job_dispatcher.hpp"

#include "actors/jobs/job_worker.hpp"
#include "base/text/utf8.hpp"
#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <system_error>

// How jobs are done: each by an idle worker, for as long as its queue allows.

namespace carillon {

namespace {

/// Bytes of an error text that are kept.
constexpr size_t error_bytes = 1'024;

/// Retries are delayed by up to a tenth, so that jobs that failed together do not return together.
constexpr double jitter = 0.1;

job_end end_of(const job_outcome& x) {
  switch (x.what) {
  case job_outcome::verdict::done:
    return job_end::done;
  case job_outcome::verdict::failed:
    return job_end::failed;
  case job_outcome::verdict::unavailable:
    return job_end::unavailable;
  case job_outcome::verdict::hopeless:
  case job_outcome::verdict::postponed:
    break;
  }
  return job_end::hopeless;
}

} // namespace

job_dispatcher_state::clock::duration job_dispatcher_state::time_for(const queue& x) const {
  return x.spec->deadline + env_.options.overdue_grace;
}

// -- begin ------------------------------------------------------------------------

void job_dispatcher_state::start(queue& x) {
  if (draining_ || x.paused || cannot_record_)
    return;
  auto most = x.spec->retry_schedule.size() + 1 + env_.options.max_lost_attempts;
  while (!x.ready.empty() && may_begin(x)) {
    const auto& next = x.ready.front();
    if (next.attempts > most) {
      record(x, {next.id, next.fence, next.attempts, self_->clock().now(), next.created_at},
             job_outcome::hopeless("it was begun " + std::to_string(next.attempts - 1)
                                   + " times, and never came to an end"),
             job_end::hopeless);
    } else if (next.run_at < env_.now() + time_for(x)) {
      // Its lease would expire before its end.
      give_back(x, next);
    } else {
      auto id = free_worker(x);
      if (!id)
        break;
      begin(x, *id, std::move(x.ready.front()));
    }
    x.ready.pop_front();
  }
}

std::optional<uint64_t> job_dispatcher_state::free_worker(queue& x) {
  for (const auto& [id, y] : x.workers)
    if (!y.has && !y.stuck)
      return id;
  if (!may_spawn(x))
    return std::nullopt;
  job_worker_actor made;
  try {
    made = env_.make_worker ? env_.make_worker(x.spec)
                            : self_->spawn<caf::detached>(job_worker, x.spec);
  } catch (const std::system_error&) {
    // No thread can be started: the existing workers go on.
    return std::nullopt;
  }
  self_->monitor(made);
  auto id = next_worker_++;
  x.workers[id].handle = std::move(made);
  return id;
}

void job_dispatcher_state::begin(queue& x, uint64_t id, job what) {
  auto& with = x.workers[id];
  with.has = attempt{what.id, what.fence, what.attempts, self_->clock().now(), what.created_at};
  self_->request(with.handle, answered_or_ended, std::move(what))
    .then([this, of = &x, id](const job_outcome& outcome) { on_end(*of, id, outcome, false); },
          [this, of = &x, id](const caf::error&) {
            on_end(*of, id, job_outcome::failed("its worker ended"), true);
          });
}

// -- end --------------------------------------------------------------------------

void job_dispatcher_state::on_end(queue& x, uint64_t id, const job_outcome& outcome, bool gone) {
  auto i = x.workers.find(id);
  if (i == x.workers.end())
    return;
  if (i->second.stuck) {
    // Its job was abandoned; its thread has returned after all.
    x.workers.erase(i);
    pump();
    return;
  }
  auto what = *std::exchange(i->second.has, std::nullopt);
  if (gone)
    x.workers.erase(i);
  if (outcome.what == job_outcome::verdict::postponed) {
    // Nothing was tried: the outcome says nothing about the duration of jobs or the availability of
    // their dependency.
    postpone(x, what, outcome);
    pump();
    return;
  }
  auto took = self_->clock().now() - what.begun;
  constexpr int weight = 8;
  x.usual += (took - x.usual) / weight;
  if (env_.stats)
    env_.stats->job_latency.record(took);
  note_away(x, outcome);
  record(x, what, outcome, end_of(outcome));
  pump();
}

// -- unavailable dependencies -----------------------------------------------------

void job_dispatcher_state::note_away(queue& x, const job_outcome& outcome) {
  if (outcome.what != job_outcome::verdict::unavailable) {
    if (x.away_pause.count() > 0)
      wake(x);
    x.away_pause = std::chrono::milliseconds{0};
    x.away_reason.clear();
    return;
  }
  x.away_reason = excerpt(outcome.error, error_bytes);
  auto now = self_->clock().now();
  // Failures of jobs that were under way together count once.
  if (x.away_pause.count() > 0 && now < x.away_until)
    return;
  x.away_pause = std::clamp(x.away_pause * 2, x.spec->away_pause, x.spec->max_away_pause);
  x.away_until = now + x.away_pause;
  give_back(x);
  wake(x);
}

/// While the dependency of its jobs is unavailable, one job at a time probes it.
bool job_dispatcher_state::may_begin(const queue& x) const {
  if (x.away_pause.count() == 0)
    return true;
  return self_->clock().now() >= x.away_until
         && std::none_of(x.workers.begin(), x.workers.end(),
                         [](const auto& y) { return y.second.has && !y.second.stuck; });
}

void job_dispatcher_state::record(queue& x, const attempt& what, const job_outcome& outcome,
                                  job_end how) {
  finished_job end;
  end.id = what.id;
  end.fence = what.fence;
  end.outcome = {outcome.what, excerpt(outcome.error, error_bytes), {}};
  if (outcome.what == job_outcome::verdict::unavailable
      && env_.now() - what.created_at < x.spec->give_up_after) {
    end.again = env_.now();
    end.returned = true;
  }
  const auto& schedule = x.spec->retry_schedule;
  if (outcome.what == job_outcome::verdict::failed && what.number <= schedule.size()) {
    auto pause = schedule[std::max<size_t>(what.number, 1) - 1];
    auto late = static_cast<int64_t>(static_cast<double>(pause.count()) * jitter
                                     * (env_.random ? env_.random() : 0.0));
    end.again = env_.now() + pause + std::chrono::milliseconds{late};
  }
  if (x.counters != nullptr)
    ++x.counters->at(static_cast<size_t>(how));
  ends_.push_back({std::move(end), &x});
}

void job_dispatcher_state::postpone(queue& x, const attempt& what, const job_outcome& outcome) {
  if (env_.now() - what.created_at >= x.spec->give_up_after) {
    record(x, what, job_outcome::hopeless(outcome.error), job_end::hopeless);
    return;
  }
  finished_job end;
  end.id = what.id;
  end.fence = what.fence;
  end.outcome = {outcome.what, excerpt(outcome.error, error_bytes), {}};
  end.again = env_.now() + std::max(outcome.pause, std::chrono::milliseconds{1});
  end.returned = true;
  ends_.push_back({std::move(end), &x});
}

void job_dispatcher_state::watch(queue& x) {
  auto now = self_->clock().now();
  for (auto& [id, y] : x.workers) {
    if (!y.has || y.stuck || now - y.has->begun < time_for(x))
      continue;
    // The thread cannot be stopped: it is abandoned, and a new one takes over.
    y.stuck = true;
    self_->send_exit(y.handle, caf::exit_reason::user_shutdown);
    record(x, *y.has,
           job_outcome::failed("no end within " + std::to_string(x.spec->deadline.count()) + " ms"),
           job_end::timeout);
  }
}

void job_dispatcher_state::let_go(queue& x) {
  for (auto& [id, y] : x.workers)
    if (!y.has)
      self_->send_exit(y.handle, caf::exit_reason::user_shutdown);
}

} // namespace carillon
