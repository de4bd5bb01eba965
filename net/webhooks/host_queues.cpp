#include "net/webhooks/host_queues.hpp"

#include <algorithm>
#include <utility>

namespace carillon::http {

void host_queues::add(pending_request_ptr x) {
  auto& to = hosts_[x->origin];
  if (to.origin.empty())
    to.origin = x->origin;
  auto sender = x->request.sender;
  auto& of = to.lanes[sender];
  // A new sender goes after waiting ones, not before them.
  if (of.waiting.empty() && of.active == 0)
    of.turn = std::max(of.turn, ++turns_);
  note_use(to, sender, of, x->begun);
  if (of.waiting.empty())
    to.order.emplace(of.active, of.turn, sender);
  of.waiting.push_back(std::move(x));
  ++waiting_;
  list(to);
}

pending_request_ptr host_queues::next() {
  while (active_ < limits_.total && !ready_.empty()) {
    auto& x = *ready_.front();
    ready_.pop_front();
    x.listed = false;
    if (auto out = take_next(x))
      return out;
    forget_if_empty(x);
  }
  return nullptr;
}

/// Senders behind one that may not start have at least as many requests under way, so none may
/// start.
pending_request_ptr host_queues::take_next(host& x) {
  bool held = false;
  for (const auto& [active, turn, sender] : x.order) {
    auto& of = x.lanes.at(sender);
    if (!may_start(x, of))
      break;
    if (may_company_start(of)) {
      if (held)
        hold(x);
      return start(x, sender, of);
    }
    held = true;
  }
  if (held)
    hold(x);
  return nullptr;
}

bool host_queues::may_company_start(const lane& y) {
  return limits_.connections == nullptr
         || limits_.connections->try_take(y.waiting.front()->request.company, 1);
}

pending_request_ptr host_queues::start(host& x, uint64_t sender, lane& of) {
  x.order.erase({of.active, of.turn, sender});
  auto out = std::move(of.waiting.front());
  of.waiting.pop_front();
  of.turn = ++turns_;
  ++of.active;
  ++x.active;
  ++active_;
  --waiting_;
  if (!of.waiting.empty())
    x.order.emplace(of.active, of.turn, sender);
  if (!x.order.empty())
    list(x);
  return out;
}

void host_queues::hold(host& x) {
  if (!std::exchange(x.held, true))
    held_.push_back(&x);
}

/// A company has one request less: held hosts are checked again, in their turn.
void host_queues::release() {
  constexpr size_t most = 4;
  for (size_t i = 0; i < most && !held_.empty(); ++i) {
    auto& x = *held_.front();
    held_.pop_front();
    x.held = false;
    if (x.order.empty())
      forget_if_empty(x);
    else
      list(x);
  }
}

void host_queues::finished(const pending_request& x, bool answered, steady_clock::time_point now) {
  auto at = hosts_.find(x.origin);
  if (at == hosts_.end())
    return;
  auto& from = at->second;
  auto of = from.lanes.find(x.request.sender);
  if (of == from.lanes.end())
    return;
  auto& y = of->second;
  if (!y.waiting.empty())
    from.order.erase({y.active, y.turn, x.request.sender});
  --y.active;
  --from.active;
  --active_;
  if (limits_.connections != nullptr)
    limits_.connections->give_back(x.request.company, 1);
  from.answers = answered;
  note_use(from, x.request.sender, y, now);
  if (!y.waiting.empty())
    from.order.emplace(y.active, y.turn, x.request.sender);
  if (!from.order.empty())
    list(from);
  release();
}

std::vector<pending_request_ptr> host_queues::expire(steady_clock::time_point now) {
  std::vector<pending_request_ptr> out;
  for (auto& [origin, x] : hosts_) {
    if (x.order.empty())
      continue;
    for (auto& [sender, y] : x.lanes) {
      if (y.waiting.empty())
        continue;
      auto late
        = std::stable_partition(y.waiting.begin(), y.waiting.end(),
                                [&](const pending_request_ptr& z) { return z->deadline() > now; });
      std::move(late, y.waiting.end(), std::back_inserter(out));
      y.waiting.erase(late, y.waiting.end());
      if (y.waiting.empty())
        x.order.erase({y.active, y.turn, sender});
    }
  }
  waiting_ -= out.size();
  return out;
}

std::vector<pending_request_ptr> host_queues::clear() {
  return expire(steady_clock::time_point::max());
}

void host_queues::forget(steady_clock::time_point now) {
  while (!used_.empty() && used_.front().at + remembered <= now) {
    auto x = used_.front();
    used_.pop_front();
    auto& of = *x.of;
    auto found = of.lanes.find(x.sender);
    auto& y = found->second;
    if (y.active > 0 || !y.waiting.empty() || y.used_at + remembered > now) {
      auto in_use = y.active > 0 || !y.waiting.empty();
      used_.push_back({in_use ? now : y.used_at, x.of, x.sender});
      continue;
    }
    of.lanes.erase(found);
    forget_if_empty(of);
  }
}

size_t host_queues::limit_of(const host& x) const noexcept {
  size_t out = limits_.per_host;
  if (!x.answers && active_ * 4 >= limits_.total * 3)
    out = 1;
  else if (!x.answers && active_ * 2 >= limits_.total)
    out = 2;
  return std::min(out, limits_.per_host);
}

bool host_queues::may_start(const host& x, const lane& y) const noexcept {
  auto limit = limit_of(x);
  if (x.active >= limit)
    return false;
  auto share = std::max<size_t>(1, limit / x.lanes.size());
  return x.lanes.size() == 1 || y.active < share || x.active + 1 < limit;
}

void host_queues::note_use(host& x, uint64_t sender, lane& y, steady_clock::time_point now) {
  y.used_at = now;
  if (!std::exchange(y.noted, true))
    used_.push_back({now, &x, sender});
}

void host_queues::forget_if_empty(host& x) {
  if (x.lanes.empty() && !x.listed && !x.held)
    hosts_.erase(std::string{x.origin});
}

void host_queues::list(host& x) {
  if (x.listed)
    return;
  x.listed = true;
  ready_.push_back(&x);
}

} // namespace carillon::http
