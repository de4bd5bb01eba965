#include "actors/workers/worker_book.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

constexpr size_t reason_bytes = 1'000;
constexpr std::chrono::milliseconds most_extended = std::chrono::hours{1};

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

worker_book::worker_id worker_book::join() {
  workers_.try_emplace(next_worker_);
  return next_worker_++;
}

void worker_book::add_credit(worker_id x, uint64_t deliveries) {
  if (auto found = workers_.find(x); found != workers_.end())
    found->second.credit
      = std::min(found->second.credit + std::min(deliveries, max_in_flight_), max_in_flight_);
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

std::map<worker_book::worker_id, worker_book::worker>::iterator worker_book::most_credit() {
  auto out = workers_.end();
  for (auto i = workers_.begin(); i != workers_.end(); ++i)
    if (!i->second.stopped && i->second.credit > 0
        && (out == workers_.end() || i->second.credit > out->second.credit))
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

std::optional<worker_book::place> worker_book::hand_over(const delivery& x, clock::time_point now) {
  return hand_over(
    {delivery_id_of(x), x.generation, x.event->data.size() + x.event->metadata.size()}, now);
}

std::optional<worker_book::place> worker_book::hand_over(work x, clock::time_point now) {
  auto to = most_credit();
  if (to == workers_.end() || entries_.size() >= max_in_flight_ || numbers_.contains(x.id))
    return std::nullopt;
  --to->second.credit;
  if (rate_)
    rate_->take(now);
  auto number = next_number_++;
  auto fence = std::to_string(x.generation) + '.' + std::to_string(number);
  numbers_[x.id] = number;
  auto added = entries_.try_emplace(number).first;
  added->second.id = x.id;
  added->second.holder = to->first;
  added->second.fence = fence;
  added->second.bytes = x.bytes;
  bytes_ += added->second.bytes;
  set_due(added, now + ack_timeout_);
  return place{number, to->first, std::move(x.id), std::move(fence)};
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
                                                    std::vector<std::string>& stale,
                                                    std::vector<noted>& notes) {
  std::vector<ended> out;
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
    if (x.what == settlement::kind::progress) {
      notes.push_back({found->first, x.progress});
      continue;
    }
    ended done{.number = found->first, .outcome = {}, .result = x.result};
    if (x.what == settlement::kind::nack) {
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
      done.outcome.error = failure{
        ec::timeout, "not acknowledged within " + std::to_string(ack_timeout_.count()) + " ms", {}};
      losses_.erase(id);
    } else if (++counts_.lost; ++losses_[id] >= most_lost) {
      done.outcome.error = failed("the connections of " + std::to_string(most_lost)
                                  + " workers that had it were lost");
      losses_.erase(id);
    } else {
      done.outcome.returned = true;
    }
    remove(found);
    out.push_back(std::move(done));
  }
  return out;
}

void worker_book::clear() {
  entries_.clear();
  numbers_.clear();
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
