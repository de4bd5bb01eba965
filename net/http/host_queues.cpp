#include "net/http/host_queues.hpp"

#include <algorithm>
#include <utility>

namespace carillon::http {

void host_queues::add(job_ptr x) {
  auto& to = hosts_[x->origin];
  if (to.origin.empty())
    to.origin = x->origin;
  to.waiting.push_back(std::move(x));
  ++waiting_;
  list(to);
}

job_ptr host_queues::next() {
  while (active_ < limits_.total && !ready_.empty()) {
    auto& x = *ready_.front();
    ready_.pop_front();
    x.listed = false;
    if (x.waiting.empty()) {
      forget_if_idle(x);
      continue;
    }
    if (x.active >= limit_of(x))
      continue;
    auto out = std::move(x.waiting.front());
    x.waiting.pop_front();
    --waiting_;
    ++x.active;
    ++active_;
    if (!x.waiting.empty())
      list(x);
    return out;
  }
  return nullptr;
}

void host_queues::finished(const std::string& origin, bool answered) {
  auto at = hosts_.find(origin);
  if (at == hosts_.end())
    return;
  auto& x = at->second;
  --x.active;
  --active_;
  x.answers = answered;
  if (!x.waiting.empty())
    list(x);
  else
    forget_if_idle(x);
}

std::vector<job_ptr> host_queues::expire(steady_clock::time_point now) {
  std::vector<job_ptr> out;
  for (auto& [origin, x] : hosts_) {
    auto late = std::stable_partition(x.waiting.begin(), x.waiting.end(),
                                      [&](const job_ptr& y) { return y->deadline() > now; });
    std::move(late, x.waiting.end(), std::back_inserter(out));
    x.waiting.erase(late, x.waiting.end());
  }
  // Hosts left without a request go when their turn comes, or when their last one ends.
  waiting_ -= out.size();
  return out;
}

std::vector<job_ptr> host_queues::clear() {
  return expire(steady_clock::time_point::max());
}

size_t host_queues::limit_of(const host& x) const noexcept {
  size_t out = limits_.per_host;
  if (!x.answers && active_ * 4 >= limits_.total * 3)
    out = 1;
  else if (!x.answers && active_ * 2 >= limits_.total)
    out = 2;
  return std::min(out, limits_.per_host);
}

void host_queues::list(host& x) {
  if (x.listed)
    return;
  x.listed = true;
  ready_.push_back(&x);
}

void host_queues::forget_if_idle(host& x) {
  if (x.active == 0 && x.waiting.empty() && !x.listed)
    hosts_.erase(std::string{x.origin});
}

} // namespace carillon::http
