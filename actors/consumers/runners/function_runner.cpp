#include "actors/consumers/runners/function_runner.hpp"

#include "actors/consumers/runners/overdue.hpp"
#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace carillon {

namespace {

/// The first `n` deliveries.
std::vector<delivery> taken(std::deque<delivery>& from, size_t n) {
  auto end = from.begin() + static_cast<std::ptrdiff_t>(n);
  std::vector<delivery> out(std::make_move_iterator(from.begin()), std::make_move_iterator(end));
  from.erase(from.begin(), end);
  return out;
}

} // namespace

function_runner::function_runner(consumer_actor::pointer self, handler_function fn, limits bounds,
                                 delivery_spans spans, delivery_listener& listener)
  : self_(self), fn_(std::move(fn)), limits_(bounds), spans_(std::move(spans)),
    listener_(listener) {
}

function_runner::~function_runner() {
  // A detached actor has to be told to end.
  if (worker_ != nullptr)
    caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
}

bool function_runner::ensure_worker() {
  if (worker_ == nullptr && stuck_.size() < limits_.max_stuck_threads)
    worker_ = self_->spawn<caf::detached>(function_worker, fn_, spans_);
  return worker_ != nullptr;
}

void function_runner::run(std::deque<delivery>& ready) {
  while (!ready.empty() && works_.size() < 2 && ensure_worker()) {
    auto x = std::make_shared<work>(taken(ready, std::min(ready.size(), limits_.work_events)));
    if (works_.empty()) {
      watched_claims_ = 0;
      watched_since_ = self_->clock().now();
    }
    works_.push_back(x);
    self_->request(worker_, answered_or_ended, x)
      .then([this, x](atom::done) { on_work_done(x); },
            [this, x](const caf::error&) { on_work_done(x); });
  }
}

void function_runner::on_work_done(const work_ptr& x) {
  // Abandoned work is settled already; its thread has returned after all.
  stuck_.erase(x);
  if (auto i = std::find(works_.begin(), works_.end(), x); i != works_.end()) {
    works_.erase(i);
    watched_claims_ = 0;
    watched_since_ = self_->clock().now();
    settle(*x, x->claimed());
  }
  listener_.on_progress();
}

bool function_runner::watch() {
  if (works_.empty())
    return false;
  auto now = self_->clock().now();
  auto claimed = works_.front()->claimed();
  if (claimed != watched_claims_ || claimed == 0 || works_.front()->is_finished(claimed - 1)) {
    watched_claims_ = claimed;
    watched_since_ = now;
    return false;
  }
  if (now - watched_since_ < limits_.deadline)
    return false;
  self_->send_exit(worker_, caf::exit_reason::user_shutdown);
  worker_ = nullptr;
  auto given_up = std::exchange(works_, {});
  stuck_.insert(given_up.front());
  // Last first: unstarted items go back to the front of the queue in their order.
  for (; !given_up.empty(); given_up.pop_back())
    settle(*given_up.back(), given_up.back()->abandon());
  return true;
}

void function_runner::drain() {
  // Running work may end; the items that its thread has not begun go back.
  for (auto& x : works_)
    x->abandon();
}

void function_runner::settle(const work& x, size_t claimed) {
  const std::span<const delivery> items{x.items()};
  for (size_t i = 0; i < claimed; ++i) {
    delivery_outcome outcome;
    outcome.error = x.is_finished(i) ? x.outcome(i) : overdue(limits_.deadline);
    listener_.on_outcome(items[i], outcome);
  }
  listener_.on_returned(items.subspan(claimed));
}

} // namespace carillon
