#include "actors/jobs/job_workers.hpp"

#include "actors/jobs/job_worker.hpp"
#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace carillon {

job_workers::job_workers(job_dispatcher_actor::pointer self, const job_dispatcher_env& env,
                         job_queue_ptr spec, handler to)
  : self_(self), env_(env), spec_(std::move(spec)), to_(std::move(to)),
    overdue_after_(spec_->deadline + env.options.overdue_grace) {
}

job_workers::~job_workers() {
  for (auto& [id, x] : all_)
    caf::anon_send_exit(x.handle, caf::exit_reason::user_shutdown);
}

// -- counts -----------------------------------------------------------------------

size_t job_workers::busy() const {
  return static_cast<size_t>(std::count_if(
    all_.begin(), all_.end(), [](const auto& x) { return x.second.has && !x.second.stuck; }));
}

size_t job_workers::free() const {
  if (may_spawn())
    return spec_->workers - busy();
  return static_cast<size_t>(std::count_if(
    all_.begin(), all_.end(), [](const auto& x) { return !x.second.has && !x.second.stuck; }));
}

bool job_workers::any_left() const {
  return std::any_of(all_.begin(), all_.end(), [](const auto& x) { return !x.second.stuck; });
}

bool job_workers::may_spawn() const {
  auto stuck = static_cast<size_t>(
    std::count_if(all_.begin(), all_.end(), [](const auto& x) { return x.second.stuck; }));
  return all_.size() - stuck < spec_->workers && stuck < env_.options.max_stuck_threads;
}

// -- begin ------------------------------------------------------------------------

/// Null if there is none.
job_workers::worker* job_workers::free_worker(uint64_t& id) {
  for (auto& [key, x] : all_)
    if (!x.has && !x.stuck) {
      id = key;
      return &x;
    }
  if (!may_spawn())
    return nullptr;
  job_worker_actor made;
  try {
    made
      = env_.make_worker ? env_.make_worker(spec_) : self_->spawn<caf::detached>(job_worker, spec_);
  } catch (const std::system_error&) {
    // No thread can be started: the existing workers go on.
    return nullptr;
  }
  self_->monitor(made);
  id = next_id_++;
  auto& out = all_[id];
  out.handle = std::move(made);
  return &out;
}

bool job_workers::begin(job&& what) {
  uint64_t id = 0;
  auto* with = free_worker(id);
  if (with == nullptr)
    return false;
  if (env_.stats != nullptr)
    with->traced = running_span::begin(env_.stats->traces, what, env_.now());
  with->has
    = job_attempt{what.id, what.fence, what.attempts, self_->clock().now(), what.created_at};
  self_->request(with->handle, answered_or_ended, std::move(what))
    .then([this, id](const job_outcome& outcome) { on_answer(id, outcome, false); },
          [this, id](const caf::error&) {
            on_answer(id, job_outcome::failed("its worker ended"), true);
          });
  return true;
}

bool job_workers::renew(const job& x) {
  auto i = std::find_if(all_.begin(), all_.end(), [&](const auto& y) {
    return y.second.has && !y.second.stuck && y.second.has->id == x.id;
  });
  if (i == all_.end())
    return false;
  i->second.has->fence = x.fence;
  return true;
}

// -- end --------------------------------------------------------------------------

void job_workers::on_answer(uint64_t id, const job_outcome& outcome, bool gone) {
  auto i = all_.find(id);
  if (i == all_.end())
    return;
  if (i->second.stuck) {
    // Its job was abandoned; its thread has returned after all.
    all_.erase(i);
    to_.on_freed();
    return;
  }
  auto what = *std::exchange(i->second.has, std::nullopt);
  end_span(i->second, outcome.error);
  if (gone)
    all_.erase(i);
  to_.on_end(what, outcome);
}

void job_workers::end_span(worker& x, const std::string& error) {
  if (auto traced = std::exchange(x.traced, std::nullopt))
    env_.stats->traces->record(std::move(*traced).ended(env_.now(), error));
}

std::vector<job_attempt> job_workers::give_up_overdue() {
  std::vector<job_attempt> out;
  auto now = self_->clock().now();
  for (auto& [id, x] : all_) {
    if (!x.has || x.stuck || now - x.has->begun < overdue_after_)
      continue;
    // The thread cannot be stopped: it is abandoned, and a new one takes over.
    x.stuck = true;
    end_span(x, "it took too long");
    self_->send_exit(x.handle, caf::exit_reason::user_shutdown);
    out.push_back(*x.has);
  }
  return out;
}

std::optional<job_workers::clock::time_point> job_workers::next_overdue() const {
  std::optional<clock::time_point> out;
  for (const auto& [id, x] : all_)
    if (x.has && !x.stuck)
      out = std::min(out.value_or(x.has->begun + overdue_after_), x.has->begun + overdue_after_);
  return out;
}

void job_workers::end_idle() {
  for (auto& [id, x] : all_)
    if (!x.has)
      self_->send_exit(x.handle, caf::exit_reason::user_shutdown);
}

void job_workers::on_down(const caf::actor_addr& x) {
  // A worker with a job is removed by the error that answers the job.
  std::erase_if(
    all_, [&](const auto& y) { return y.second.handle == x && (!y.second.has || y.second.stuck); });
}

} // namespace carillon
