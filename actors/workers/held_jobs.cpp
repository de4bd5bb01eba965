#include "actors/workers/held_jobs.hpp"

#include <chrono>
#include <utility>

namespace carillon {

void held_jobs::add(uint64_t number, promise to, job_lease lease) {
  jobs_.emplace(number, held{std::move(to), lease});
  numbers_.insert_or_assign(lease.id, number);
}

void held_jobs::renew(job_lease x) {
  auto number = numbers_.find(x.id);
  if (number == numbers_.end())
    return;
  auto& own = jobs_.at(number->second);
  own.lease = x;
  if (own.said)
    notes_[number->second] = {x, *own.said};
}

std::optional<held_jobs::promise> held_jobs::end(uint64_t number) {
  auto found = jobs_.extract(number);
  if (found.empty())
    return std::nullopt;
  if (auto named = numbers_.find(found.mapped().lease.id);
      named != numbers_.end() && named->second == number)
    numbers_.erase(named);
  return std::move(found.mapped().to);
}

std::vector<held_jobs::promise> held_jobs::end_all() {
  std::vector<promise> out;
  numbers_.clear();
  for (auto& [number, x] : std::exchange(jobs_, {}))
    out.push_back(std::move(x.to));
  return out;
}

void held_jobs::note(noted_job x, timestamp now) {
  auto found = jobs_.find(x.number);
  if (found == jobs_.end())
    return;
  x.what.at = now;
  found->second.said = x.what;
  notes_[x.number] = {found->second.lease, std::move(x.what)};
}

note_progress held_jobs::take_notes() {
  note_progress out;
  for (auto& [number, x] : std::exchange(notes_, {}))
    out.items.push_back(std::move(x));
  return out;
}

note_progress held_jobs::take_notes(uint64_t number) {
  note_progress out;
  if (auto found = notes_.extract(number); !found.empty())
    out.items.push_back(std::move(found.mapped()));
  return out;
}

job_outcome job_outcome_of(ended_delivery x, timestamp now) {
  const auto& y = x.outcome;
  if (y.returned)
    return job_outcome::postponed({}, {});
  if (!y.error)
    return job_outcome::done(std::move(x.result));
  if (y.dead)
    return job_outcome::hopeless(y.error->detail);
  auto out = job_outcome::failed(y.error->detail);
  if (y.not_before && *y.not_before > now)
    out.pause = std::chrono::duration_cast<std::chrono::milliseconds>(*y.not_before - now);
  return out;
}

} // namespace carillon
