#include "actors/workers/worker_credits.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

worker_credits::worker_id worker_credits::join(const std::string& name) {
  // No name begins like a number of ours.
  auto owner = name.empty() ? '#' + std::to_string(next_id_) : '=' + name;
  workers_.try_emplace(next_id_, worker{.id = next_id_, .owner = std::move(owner)});
  return next_id_++;
}

void worker_credits::remove(worker_id x) {
  workers_.erase(x);
}

void worker_credits::add(worker_id x, uint64_t deliveries) {
  auto found = workers_.find(x);
  if (found == workers_.end())
    return;
  auto& y = found->second;
  y.credit = std::min(y.credit + std::min(deliveries, most_), most_);
  y.silent = false;
}

void worker_credits::stop(worker_id x) {
  if (auto found = workers_.find(x); found != workers_.end())
    found->second.stopped = true;
}

void worker_credits::set_silent(worker_id x, bool silent) {
  if (auto found = workers_.find(x); found != workers_.end())
    found->second.silent = silent;
}

const worker_credits::worker* worker_credits::next(const std::string* owner) const {
  auto rank = [](const worker& x) { return std::pair{!x.silent, x.credit}; };
  const worker* out = nullptr;
  for (const auto& [id, x] : workers_)
    if (!x.stopped && x.credit > 0 && (owner == nullptr || x.owner == *owner)
        && (out == nullptr || rank(x) > rank(*out)))
      out = &x;
  return out;
}

void worker_credits::use(worker_id x) {
  --workers_.at(x).credit;
}

uint64_t worker_credits::total() const noexcept {
  uint64_t out = 0;
  for (const auto& [id, x] : workers_)
    if (!x.stopped)
      out += x.credit;
  return out;
}

} // namespace carillon
