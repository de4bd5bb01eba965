#include "actors/jobs/job_dispatcher.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>

// How jobs come from the store, and how their ends are recorded there.

namespace carillon {

namespace {

/// Pause before the next check for a job that the store calls due but does not lease.
constexpr std::chrono::seconds withheld_pause{1};

} // namespace

// -- when -------------------------------------------------------------------------

void job_dispatcher_state::wake(queue& x) {
  x.hungry = true;
  ++x.woken;
}

void job_dispatcher_state::wake_due() {
  auto wall = env_.now();
  for (auto& [key, x] : queues_)
    if (x.due && *x.due <= wall) {
      x.due.reset();
      wake(x);
    }
}

// -- how many ---------------------------------------------------------------------

size_t job_dispatcher_state::ahead_of(const queue& x) const {
  auto usual = std::max<clock::duration>(x.usual, std::chrono::microseconds{1});
  auto many = x.spec->workers * static_cast<size_t>(env_.options.ahead / usual);
  return std::min(many, env_.options.batch);
}

bool job_dispatcher_state::may_spawn(const queue& x) const {
  auto stuck = static_cast<size_t>(std::count_if(x.workers.begin(), x.workers.end(),
                                                 [](const auto& y) { return y.second.stuck; }));
  return x.workers.size() - stuck < x.spec->workers && stuck < env_.options.max_stuck_threads;
}

size_t job_dispatcher_state::wanted(const queue& x) const {
  if (x.paused || !x.hungry || !may_begin(x))
    return 0;
  if (x.away_pause.count() > 0)
    return x.ready.empty() ? 1 : 0;
  size_t busy = 0;
  size_t idle = 0;
  size_t stuck = 0;
  for (const auto& [id, y] : x.workers)
    ++(y.stuck ? stuck : y.has ? busy : idle);
  auto free = may_spawn(x) ? x.spec->workers - busy : idle;
  if (free + busy == 0)
    return 0;
  auto ahead = ahead_of(x);
  // By the half, so that a lease is under way while the other half is worked on.
  if (free <= x.ready.size() && x.ready.size() >= (ahead + 1) / 2)
    return 0;
  return free + ahead - std::min(free + ahead, x.ready.size());
}

// -- leases -----------------------------------------------------------------------

void job_dispatcher_state::lease() {
  if (!released_ || draining_ || lease_under_way_ || cannot_record_ || !may_ask_store()
      || ends_.size() > 2 * env_.options.batch)
    return;
  lease_jobs request;
  std::vector<asked> xs;
  clock::duration longest{0};
  for (auto& [key, x] : queues_)
    if (auto most = wanted(x); most > 0) {
      request.queues.emplace_back(key, most);
      xs.push_back({&x, most, 0, x.woken});
      longest = std::max(longest, time_for(x));
    }
  if (xs.empty())
    return;
  request.lease
    = env_.options.lease + std::chrono::duration_cast<std::chrono::milliseconds>(longest);
  lease_under_way_ = true;
  self_->request(env_.state_writer, answered_or_ended, std::move(request))
    .then([this, xs = std::move(xs),
           at = env_.now()](const leased_jobs_ptr& found) { on_leased(xs, at, *found); },
          [this](const caf::error&) {
            lease_under_way_ = false;
            on_store_failed();
          });
}

/// A clock that was set forward ends leases too early. A job that is running here, or about to, is
/// not begun again: it continues under the new lease.
bool job_dispatcher_state::renew(queue& x, const job& leased) {
  for (auto& [id, y] : x.workers)
    if (y.has && !y.stuck && y.has->id == leased.id) {
      y.has->fence = leased.fence;
      return true;
    }
  for (auto& y : x.ready)
    if (y.id == leased.id) {
      y = leased;
      return true;
    }
  return false;
}

void job_dispatcher_state::on_leased(std::vector<asked> xs, timestamp asked_at,
                                     const leased_jobs& found) {
  lease_under_way_ = false;
  on_store_worked();
  for (const auto& x : found.items) {
    auto is_of = [kind = queue_of(x.kind)](const asked& y) { return y.of->spec->name == kind; };
    auto i = std::find_if(xs.begin(), xs.end(), is_of);
    if (i == xs.end())
      continue;
    ++i->got;
    if (!renew(*i->of, x))
      i->of->ready.push_back(x);
  }
  for (auto& x : xs) {
    auto& of = *x.of;
    if (draining_ || of.paused)
      give_back(of);
    if (x.got >= x.most || of.woken != x.woken)
      continue;
    of.hungry = false;
    of.due = found.next_due;
    if (of.due && *of.due <= asked_at)
      of.due = asked_at + withheld_pause;
  }
  pump();
}

// -- ends -------------------------------------------------------------------------

void job_dispatcher_state::give_back(queue& x, const job& what) {
  finished_job back;
  back.id = what.id;
  back.fence = what.fence;
  back.outcome = job_outcome::failed({});
  back.again = env_.now();
  back.returned = true;
  ends_.push_back({std::move(back), &x});
}

void job_dispatcher_state::give_back(queue& x) {
  for (const auto& what : std::exchange(x.ready, {}))
    give_back(x, what);
}

void job_dispatcher_state::flush() {
  if (record_under_way_ || !may_ask_store())
    return;
  if (recording_.empty())
    recording_ = std::exchange(ends_, {});
  if (recording_.empty())
    return;
  finish_jobs request;
  request.items.reserve(recording_.size());
  for (const auto& x : recording_)
    request.items.push_back(x.what);
  record_under_way_ = true;
  self_->request(env_.state_writer, answered_or_ended, std::move(request))
    .then(
      [this](atom::done) {
        record_under_way_ = false;
        cannot_record_ = false;
        on_store_worked();
        for (const auto& x : std::exchange(recording_, {}))
          if (x.what.again)
            x.of->due = std::min(x.of->due.value_or(*x.what.again), *x.what.again);
        pump();
      },
      [this](const caf::error&) {
        record_under_way_ = false;
        cannot_record_ = true;
        on_store_failed();
      });
}

} // namespace carillon
