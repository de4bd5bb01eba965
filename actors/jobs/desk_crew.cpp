#include "actors/jobs/desk_crew.hpp"

#include "messages/actor_defaults.hpp"

#include <utility>

namespace carillon {

desk_crew::desk_crew(job_dispatcher_actor::pointer self, remote_job_queue_ptr spec, handler to)
  : self_(self), spec_(std::move(spec)), to_(std::move(to)) {
}

size_t desk_crew::free() const {
  return room_ > under_way_.size() ? room_ - under_way_.size() : 0;
}

bool desk_crew::begin(job&& what) {
  if (free() == 0)
    return false;
  const auto id = what.id;
  auto now = self_->clock().now();
  under_way_[id] = {{id, what.fence, what.attempts, now, what.created_at}, what.run_at};
  fading_.emplace(what.run_at, id);
  self_->request(spec_->desk, answered_or_ended, std::move(what))
    .then([this, id](const job_outcome& outcome) { on_answer(id, outcome); },
          [this, id](const caf::error&) {
            // The desk is gone: nobody is at fault.
            room_ = 0;
            on_answer(id, job_outcome::postponed({}, {}));
          });
  return true;
}

bool desk_crew::renew(const job& x) {
  auto found = under_way_.find(x.id);
  if (found == under_way_.end())
    return false;
  found->second.what.fence = x.fence;
  set_leased_until(found, x.run_at);
  // What the worker says is kept under this lease.
  self_->send(spec_->desk, atom::attach_v, x.id, x.fence);
  return true;
}

void desk_crew::set_leased_until(attempts::iterator x, timestamp until) {
  fading_.erase({x->second.leased_until, x->first});
  x->second.leased_until = until;
  fading_.emplace(until, x->first);
}

void desk_crew::on_answer(uint64_t id, const job_outcome& outcome) {
  auto found = under_way_.extract(id);
  if (found.empty())
    return;
  fading_.erase({found.mapped().leased_until, id});
  to_.on_end(found.mapped().what, outcome);
}

void desk_crew::add_fading(timestamp before, std::vector<job_lease>& out) const {
  for (auto i = fading_.begin(); i != fading_.end() && i->first < before; ++i)
    out.push_back({i->second, under_way_.at(i->second).what.fence});
}

void desk_crew::on_renewed(const std::vector<job_lease>& xs, timestamp until) {
  for (const auto& x : xs)
    if (auto found = under_way_.find(x.id);
        found != under_way_.end() && found->second.what.fence == x.fence)
      set_leased_until(found, until);
}

std::optional<timestamp> desk_crew::next_fading() const {
  return fading_.empty() ? std::nullopt : std::optional{fading_.begin()->first};
}

} // namespace carillon
