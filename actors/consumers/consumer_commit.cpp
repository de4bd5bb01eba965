#include "actors/consumers/consumer.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>

// How progress becomes durable: one commit at a time, of all that has changed since the last.

namespace carillon {

namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

} // namespace

void consumer_state::merge(effects from) {
  append(effects_.audit, from.audit);
  append(effects_.attempts, from.attempts);
  append(effects_.wakes, from.wakes);
  append(effects_.health, from.health);
  append(effects_.jobs, from.jobs);
  append(effects_.notifications, from.notifications);
  for (auto& x : from.counters) {
    auto same = [&](const counter_delta& y) {
      return y.hour == x.hour && y.type == x.type && y.company_id == x.company_id;
    };
    // Neighbours mostly count into the same row; the store sums up the rest.
    constexpr size_t look_back = 32;
    auto last = effects_.counters.end();
    auto first = last - static_cast<std::ptrdiff_t>(std::min(look_back, effects_.counters.size()));
    if (auto i = std::find_if(first, last, same); i != last)
      i->add += x.add;
    else
      effects_.counters.push_back(std::move(x));
  }
}

std::optional<consumer_state::clock::time_point> consumer_state::commit_due() const {
  if (commit_ != nullptr || !changed_at_)
    return std::nullopt;
  // The next delivery waits for the place of an answered one.
  if (answered_ > 0 && !ready_.empty() && !may_run_another())
    return *changed_at_;
  if (draining_ || uncommitted_ >= env_.options.uncommitted_events / 2 || !jobs_to_commit_.empty())
    return *changed_at_;
  return *changed_at_
         + (worked_since_commit_ ? env_.options.commit_interval
                                 : env_.options.idle_commit_interval);
}

void consumer_state::maybe_commit() {
  auto now = self_->clock().now();
  bool changed = !effects_.empty() || error_changed_ || window_->changed();
  if (!changed_at_ && changed)
    changed_at_ = now;
  if (pause_until_ > now)
    return;
  if (auto due = commit_due(); due && *due <= now)
    prepare_commit();
  if (commit_ != nullptr && !commit_under_way_)
    submit_commit();
}

void consumer_state::prepare_commit() {
  commit_ = std::make_shared<consumer_commit>();
  commit_->consumer = spec_->name;
  commit_->share = spec_->filter.company_id.value_or(std::string{});
  commit_->now = env_.now();
  window_->take_changes(*commit_);
  stored_dead_letters_ += commit_->dead_letters.size();
  commit_->effects = std::exchange(effects_, {});
  if (std::exchange(error_changed_, false))
    commit_->last_error = last_error_;
  // The commit does not include out-of-order completions ahead of the cursor.
  auto left = std::min(answered_, window_->done_ahead());
  answered_in_commit_ = std::exchange(answered_, left) - left;
  jobs_in_commit_ = std::exchange(jobs_to_commit_, {});
  changed_at_.reset();
  uncommitted_ = window_->waiting();
  worked_since_commit_ = false;
}

void consumer_state::submit_commit() {
  commit_under_way_ = true;
  self_->request(env_.state, answered_or_ended, consumer_commit_ptr{commit_})
    .then([this](atom::done) { on_committed(); },
          [this](const caf::error& reason) { on_commit_failed(reason); });
}

void consumer_state::on_committed() {
  committed_ = commit_->cursor;
  store_error_.clear();
  commit_.reset();
  commit_under_way_ = false;
  answered_in_commit_ = 0;
  for (auto& job : std::exchange(jobs_in_commit_, {}))
    job->promise.deliver(atom::done_v);
  pump();
}

void consumer_state::on_commit_failed(const caf::error& reason) {
  if (reason == ec::conflict) {
    // The store is ahead of this consumer: it starts over from the stored state.
    self_->quit(reason);
    return;
  }
  store_error_ = to_failure(reason).detail;
  commit_under_way_ = false;
  pause_until_ = self_->clock().now() + env_.options.store_pause;
  arm();
}

} // namespace carillon
