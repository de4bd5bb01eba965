#include "actors/workers/worker_credits.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

// No name begins like a number of ours.
constexpr char number_sign = '#';
constexpr char name_sign = '=';

} // namespace

worker_credits::worker_id worker_credits::add_worker(std::string owner, bool is_pull) {
  workers_.try_emplace(next_id_,
                       worker{.id = next_id_, .owner = std::move(owner), .is_pull = is_pull});
  return next_id_++;
}

worker_credits::worker_id worker_credits::join() {
  return add_worker(number_sign + std::to_string(next_id_), false);
}

worker_credits::worker_id worker_credits::join_pull(const std::string& name) {
  return add_worker(name.empty() ? number_sign + std::to_string(next_id_) : name_sign + name, true);
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

void worker_credits::doubt(const std::string& owner) {
  const auto is_named = owner.front() == name_sign;
  for (auto& [id, x] : workers_) {
    if (!x.is_pull)
      continue;
    if (is_named && x.owner == owner)
      x.stopped = true;
    else if (!is_named && x.owner.front() == number_sign)
      x.silent = true;
  }
}

bool worker_credits::has_stopped(worker_id x) const {
  auto found = workers_.find(x);
  return found != workers_.end() && found->second.stopped;
}

const worker_credits::worker* worker_credits::next(const std::string* owner) const {
  auto rank = [](const worker& x) { return std::pair{!x.silent, x.credit}; };
  const worker* out = nullptr;
  for (const auto& [id, x] : workers_)
    if (x.takes() && (owner == nullptr || x.owner == *owner)
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
    if (x.takes())
      out += x.credit;
  return out;
}

} // namespace carillon
