#include "actors/consumers/runners/actor_runner.hpp"

#include "actors/consumers/runners/overdue.hpp"
#include "messages/actor_defaults.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace carillon {

actor_runner::actor_runner(consumer_actor::pointer self, caf::actor target, limits bounds,
                           unsettled_answers& answers, delivery_spans spans,
                           delivery_listener& listener)
  : self_(self), target_(std::move(target)), limits_(bounds), answers_(answers),
    spans_(std::move(spans)), listener_(listener) {
}

bool actor_runner::has_room() const {
  auto own = limits_.in_flight;
  return under_way_ < limits_.under_way && (own == 0 || under_way_ + answers_.all() < own);
}

void actor_runner::run(std::deque<delivery>& ready) {
  auto holds_cursor = [this](const delivery& x) {
    return x.event->seq == holder_ && x.replay_id == 0 && under_way_ < limits_.under_way;
  };
  while (!ready.empty() && (has_room() || holds_cursor(ready.front()))) {
    auto x = std::move(ready.front());
    ready.pop_front();
    send(x);
  }
}

void actor_runner::send(const delivery& x) {
  ++under_way_;
  const auto traced = spans_.begin(*x.event);
  auto deadline = limits_.deadline == no_deadline ? caf::duration{caf::infinite}
                                                  : caf::duration{limits_.deadline};
  self_->request(target_, deadline, x)
    .then(
      [this, x, traced](const delivery_outcome_ptr& outcome) { on_answer(x, traced, *outcome); },
      [this, x, traced](const caf::error& reason) {
        if (reason == caf::sec::unexpected_response)
          on_answer(x, traced, {});
        else
          on_answer(x, traced, {.error = failure_of(reason)});
      });
}

failure actor_runner::failure_of(const caf::error& reason) const {
  if (reason == caf::sec::request_timeout)
    return overdue(limits_.deadline);
  return {ec::handler_failed, self_->system().render(reason), {}};
}

void actor_runner::on_answer(const delivery& x, const std::optional<open_span>& traced,
                             delivery_outcome outcome) {
  --under_way_;
  if (outcome.returned) {
    listener_.on_returned({&x, 1});
    listener_.on_progress();
    return;
  }
  if (traced)
    spans_.end(*traced, x, outcome.error);
  answers_.add();
  listener_.on_outcome(x, outcome);
  listener_.on_progress();
}

} // namespace carillon
