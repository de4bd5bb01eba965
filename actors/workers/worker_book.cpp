#include "actors/workers/worker_book.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

constexpr size_t reason_bytes = 1'000;
constexpr std::chrono::milliseconds most_extended = std::chrono::hours{1};

delivery_outcome not_begun() {
  delivery_outcome out;
  out.returned = true;
  return out;
}

failure failed(std::string why) {
  return {ec::handler_failed, std::move(why), {}};
}

std::string reason_of(const settlement& x) {
  auto out = x.reason.substr(0, reason_bytes);
  return out.empty() ? "the worker rejected it" : out;
}

} // namespace

std::string delivery_id_of(const delivery& x) {
  auto out = x.consumer + '-' + std::to_string(x.event->seq);
  if (x.replay())
    out += "-r" + std::to_string(x.replay_id);
  return out;
}

worker_book::worker_book(const remote_consumer& settings)
  : ack_timeout_(settings.ack_timeout), max_in_flight_(settings.max_in_flight) {
  if (settings.rate_per_second)
    rate_.emplace(*settings.rate_per_second);
}

// -- workers --------------------------------------------------------------------

worker_book::worker_id worker_book::join(const std::string& name) {
  // No name begins like a number of ours.
  auto owner = name.empty() ? '#' + std::to_string(next_worker_) : '=' + name;
  workers_.try_emplace(next_worker_, worker{.owner = std::move(owner)});
  return next_worker_++;
}

void worker_book::add_credit(worker_id x, uint64_t deliveries) {
  auto found = workers_.find(x);
  if (found == workers_.end())
    return;
  auto& y = found->second;
  y.credit = std::min(y.credit + std::min(deliveries, max_in_flight_), max_in_flight_);
  y.silent = false;
}

void worker_book::stop(worker_id x) {
  if (auto found = workers_.find(x); found != workers_.end())
    found->second.stopped = true;
}

void worker_book::lose(worker_id x, clock::time_point now) {
  workers_.erase(x);
  for (auto i = entries_.begin(); i != entries_.end(); ++i)
    if (auto& y = i->second; y.holder == x) {
      y.lost = true;
      y.holder = 0;
      set_due(i, std::min(y.due, now + lost_pause));
    }
}

std::vector<worker_book::ended> worker_book::take_back(worker_id x) {
  workers_.erase(x);
  std::vector<ended> out;
  for (auto i = entries_.begin(); i != entries_.end();) {
    auto here = i++;
    if (here->second.holder != x)
      continue;
    out.push_back({.number = here->first, .outcome = not_begun()});
    remove(here);
  }
  // The consumer puts each in front of those that came back before it.
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.number > b.number; });
  return out;
}

void worker_book::forget(worker_id x) {
  workers_.erase(x);
}

uint64_t worker_book::free_credit() const noexcept {
  uint64_t out = 0;
  for (const auto& [id, x] : workers_)
    if (!x.stopped)
      out += x.credit;
  return out;
}

std::map<worker_book::worker_id, worker_book::worker>::iterator
worker_book::next_worker(const std::string* owner) {
  auto rank = [](const worker& x) { return std::pair{!x.silent, x.credit}; };
  auto out = workers_.end();
  for (auto i = workers_.begin(); i != workers_.end(); ++i)
    if (!i->second.stopped && i->second.credit > 0
        && (owner == nullptr || i->second.owner == *owner)
        && (out == workers_.end() || rank(i->second) > rank(out->second)))
      out = i;
  return out;
}

// -- deliveries -----------------------------------------------------------------

uint64_t worker_book::room(clock::time_point now) const {
  if (bytes_ >= most_bytes)
    return entries_.size();
  auto more = free_credit();
  if (rate_)
    more = std::min<uint64_t>(more, rate_->ready_at(now) <= now ? 1 : 0);
  return std::min<uint64_t>(entries_.size() + more, max_in_flight_);
}

std::optional<worker_book::place> worker_book::hand_over(const delivery& x, clock::time_point now,
                                                         const std::string& key) {
  auto held = key.empty() ? keys_.end() : keys_.find(key);
  auto to = next_worker(held == keys_.end() ? nullptr : &held->second.owner);
  auto id = delivery_id_of(x);
  if (to == workers_.end() || entries_.size() >= max_in_flight_ || numbers_.contains(id))
    return std::nullopt;
  --to->second.credit;
  if (rate_)
    rate_->take(now);
  auto number = next_number_++;
  auto fence = std::to_string(x.generation) + '.' + std::to_string(number);
  numbers_[id] = number;
  auto added = entries_.try_emplace(number).first;
  added->second.id = id;
  added->second.holder = to->first;
  added->second.fence = fence;
  added->second.bytes = x.event->data.size() + x.event->metadata.size();
  bytes_ += added->second.bytes;
  if (!key.empty()) {
    added->second.key = key;
    auto& own = keys_[key];
    own.owner = to->second.owner;
    ++own.deliveries;
  }
  set_due(added, now + ack_timeout_);
  return place{number, to->first, std::move(id), std::move(fence)};
}

worker_book::entries::iterator worker_book::find(const settlement& x, worker_id by) {
  auto number = numbers_.find(x.id);
  if (number == numbers_.end())
    return entries_.end();
  auto found = entries_.find(number->second);
  if (found->second.lost)
    return entries_.end();
  const auto& y = found->second;
  auto has_it = x.fence.empty() ? by != 0 && y.holder == by : y.fence == x.fence;
  return has_it ? found : entries_.end();
}

std::vector<worker_book::ended> worker_book::settle(const settle_deliveries& xs,
                                                    clock::time_point now, timestamp wall,
                                                    std::vector<std::string>& stale) {
  std::vector<ended> out;
  if (auto by = workers_.find(xs.worker); by != workers_.end())
    by->second.silent = false;
  for (const auto& x : xs.items) {
    auto found = find(x, xs.worker);
    if (found == entries_.end()) {
      ++counts_.stale;
      stale.push_back(x.id);
      continue;
    }
    if (x.what == settlement::kind::extend) {
      set_due(found, now + std::clamp(x.time, std::chrono::milliseconds{0}, most_extended));
      continue;
    }
    ended done{.number = found->first, .outcome = {}};
    if (x.what == settlement::kind::release) {
      done.outcome = not_begun();
    } else if (x.what == settlement::kind::nack) {
      done.outcome.error = failed(reason_of(x));
      done.outcome.dead = x.dead;
      if (x.time.count() > 0)
        done.outcome.not_before = wall + x.time;
    }
    losses_.erase(found->second.id);
    remove(found);
    out.push_back(std::move(done));
  }
  return out;
}

std::vector<worker_book::ended> worker_book::expire(clock::time_point now) {
  std::vector<ended> out;
  while (!due_.empty() && due_.begin()->first <= now) {
    auto found = entries_.find(due_.begin()->second);
    ended done{.number = found->first, .outcome = {}};
    const auto& id = found->second.id;
    if (!found->second.lost) {
      ++counts_.expired;
      if (auto holder = workers_.find(found->second.holder); holder != workers_.end())
        holder->second.silent = true;
      done.outcome.error = failure{
        ec::timeout, "not acknowledged within " + std::to_string(ack_timeout_.count()) + " ms", {}};
      losses_.erase(id);
    } else if (++counts_.lost; ++losses_[id] >= most_lost) {
      done.outcome.error = failed("the connections of " + std::to_string(most_lost)
                                  + " workers that had it were lost");
      losses_.erase(id);
    } else {
      done.outcome = not_begun();
    }
    remove(found);
    out.push_back(std::move(done));
  }
  return out;
}

void worker_book::clear() {
  entries_.clear();
  numbers_.clear();
  keys_.clear();
  due_.clear();
  bytes_ = 0;
}

void worker_book::set_due(entries::iterator x, clock::time_point due) {
  due_.erase({x->second.due, x->first});
  x->second.due = due;
  due_.emplace(due, x->first);
}

void worker_book::remove(entries::iterator x) {
  due_.erase({x->second.due, x->first});
  numbers_.erase(x->second.id);
  bytes_ -= x->second.bytes;
  if (auto key = keys_.find(x->second.key); key != keys_.end() && --key->second.deliveries == 0)
    keys_.erase(key);
  entries_.erase(x);
}

std::optional<worker_book::clock::time_point> worker_book::next_due(clock::time_point now) const {
  std::optional<clock::time_point> out;
  if (!due_.empty())
    out = due_.begin()->first;
  if (rate_ && free_credit() > 0)
    if (auto ready = rate_->ready_at(now); ready > now)
      out = out ? std::min(*out, ready) : ready;
  return out;
}

void worker_book::describe(worker_status& out) const {
  out.in_flight = entries_.size();
  out.stale = counts_.stale;
  out.expired = counts_.expired;
  out.lost = counts_.lost;
}

} // namespace carillon
