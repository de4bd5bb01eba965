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
  : ack_timeout_(settings.ack_timeout), max_in_flight_(settings.max_in_flight),
    workers_(settings.max_in_flight) {
  if (settings.rate_per_second)
    rate_.emplace(*settings.rate_per_second);
}

// -- workers --------------------------------------------------------------------

worker_book::worker_id worker_book::join() {
  return workers_.join();
}

worker_book::worker_id worker_book::join_pull(const std::string& name) {
  return workers_.join_pull(name);
}

void worker_book::add_credit(worker_id x, uint64_t deliveries) {
  workers_.add(x, deliveries);
}

void worker_book::stop(worker_id x) {
  workers_.stop(x);
}

void worker_book::lose(worker_id x, clock::time_point now) {
  workers_.remove(x);
  for (auto* y : held_.of(x)) {
    y->lost = true;
    y->holder = 0;
    held_.set_due(*y, std::min(y->due, now + lost_pause));
  }
}

std::vector<ended_delivery> worker_book::take_back(worker_id x) {
  workers_.remove(x);
  std::vector<ended_delivery> out;
  for (auto* y : held_.of(x)) {
    out.push_back({.number = y->number, .outcome = not_begun(), .key = y->key});
    held_.remove(*y);
  }
  return out;
}

void worker_book::forget(worker_id x) {
  workers_.remove(x);
}

// -- deliveries -----------------------------------------------------------------

uint64_t worker_book::room(clock::time_point now) const {
  if (held_.bytes() >= most_bytes)
    return held_.size();
  auto more = workers_.total();
  // As many as fit, if they are like those that are there, and one.
  if (held_.bytes() > held_.size())
    more
      = std::min<uint64_t>(more, (most_bytes - held_.bytes()) / (held_.bytes() / held_.size()) + 1);
  if (rate_)
    more = std::min<uint64_t>(more, rate_->ready_at(now) <= now ? 1 : 0);
  return std::min<uint64_t>(held_.size() + more, max_in_flight_);
}

std::optional<hand_over_place> worker_book::hand_over(const delivery& x, clock::time_point now,
                                                      const std::string& key) {
  return hand_over(
    {delivery_id_of(x), x.generation, x.event->data.size() + x.event->metadata.size()}, now, key);
}

std::optional<hand_over_place> worker_book::hand_over(work_item x, clock::time_point now,
                                                      const std::string& key) {
  const auto* to = workers_.next(held_.owner_of(key));
  if (to == nullptr || held_.size() >= max_in_flight_ || held_.bytes() >= most_bytes
      || held_.contains(x.id))
    return std::nullopt;
  workers_.use(to->id);
  if (rate_)
    rate_->take(now);
  auto number = next_number_++;
  auto fence = std::to_string(x.generation) + '.' + std::to_string(number);
  held_.add({.number = number,
             .id = x.id,
             .holder = to->id,
             .owner = to->owner,
             .fence = fence,
             .key = key,
             .due = now + ack_timeout_,
             .bytes = x.bytes});
  return hand_over_place{number, to->id, std::move(x.id), std::move(fence)};
}

hand_overs::entry* worker_book::find(const settlement& x, worker_id by) {
  auto* found = held_.find(x.id);
  if (found == nullptr || found->lost)
    return nullptr;
  auto has_it = x.fence.empty() ? by != 0 && found->holder == by : found->fence == x.fence;
  return has_it ? found : nullptr;
}

std::vector<ended_delivery> worker_book::settle(const settle_deliveries& xs, clock::time_point now,
                                                timestamp wall, std::vector<std::string>& stale,
                                                std::vector<noted_job>& notes) {
  std::vector<ended_delivery> out;
  workers_.set_silent(xs.worker, false);
  for (const auto& x : xs.items) {
    auto* found = find(x, xs.worker);
    if (found == nullptr) {
      ++counts_.stale;
      stale.push_back(x.id);
      continue;
    }
    if (x.what == settlement::kind::extend) {
      held_.set_due(*found, now + std::clamp(x.time, std::chrono::milliseconds{0}, most_extended));
      continue;
    }
    if (x.what == settlement::kind::progress) {
      notes.push_back({found->number, x.progress});
      continue;
    }
    ended_delivery done{
      .number = found->number, .outcome = {}, .key = found->key, .result = x.result};
    if (x.what == settlement::kind::release) {
      done.outcome = not_begun();
    } else if (x.what == settlement::kind::nack) {
      done.outcome.error = failed(reason_of(x));
      done.outcome.dead = x.dead;
      if (x.time.count() > 0)
        done.outcome.not_before = wall + x.time;
    }
    losses_.forget(found->id);
    held_.remove(*found);
    out.push_back(std::move(done));
  }
  return out;
}

std::vector<ended_delivery> worker_book::expire(clock::time_point now) {
  std::vector<ended_delivery> out;
  for (const auto* x = held_.first_due(); x != nullptr && x->due <= now; x = held_.first_due()) {
    ended_delivery done{.number = x->number, .outcome = {}, .key = x->key};
    if (!x->lost) {
      ++counts_.expired;
      // A pull that was answered is not among the workers.
      if (workers_.contains(x->holder))
        workers_.set_silent(x->holder, true);
      else
        workers_.doubt(x->owner);
      done.outcome.error = failure{
        ec::timeout, "not acknowledged within " + std::to_string(ack_timeout_.count()) + " ms", {}};
      losses_.forget(x->id);
    } else if (++counts_.lost; losses_.add(x->id)) {
      done.outcome.error = failed("the connections of " + std::to_string(loss_counts::most_lost)
                                  + " workers that had it were lost");
    } else {
      done.outcome = not_begun();
    }
    held_.remove(*x);
    out.push_back(std::move(done));
  }
  return out;
}

void worker_book::clear() {
  held_.clear();
}

std::optional<worker_book::clock::time_point> worker_book::next_due(clock::time_point now) const {
  std::optional<clock::time_point> out;
  if (const auto* first = held_.first_due())
    out = first->due;
  if (rate_ && workers_.total() > 0)
    if (auto ready = rate_->ready_at(now); ready > now)
      out = out ? std::min(*out, ready) : ready;
  return out;
}

void worker_book::describe(worker_status& out) const {
  out.in_flight = held_.size();
  out.stale = counts_.stale;
  out.expired = counts_.expired;
  out.lost = counts_.lost;
}

} // namespace carillon
