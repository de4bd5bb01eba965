#pragma once

#include "base/failure.hpp"
#include "messages/bounds.hpp"
#include "messages/caf_error.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace carillon {

/// A call on its way: its place is free again when its actor is gone.
template <class T>
struct pending_call {
  std::function<void(expected<T>)> to;
  bound_lease place;
};

template <class T>
using pending_ptr = std::shared_ptr<pending_call<T>>;

/// What answers the call with the error of a request.
template <class T>
auto failing(const pending_ptr<T>& pending) {
  return [pending](const caf::error& why) { pending->to(to_failure(why)); };
}

/// Calls that send several requests, one after the other, from a thread that must not block: each
/// has an actor and a place of its company meanwhile. For a single request see `ask_within`.
class pending_calls {
public:
  using time_point = std::chrono::steady_clock::time_point;

  template <class T>
  using reply = std::function<void(expected<T>)>;

  pending_calls(caf::actor_system& system, bound_ptr places)
    : system_(system), places_(std::move(places)) {
  }

  /// Takes the places of a call. Null if it was answered at once.
  template <class Answer>
  pending_ptr<Answer> admit(const std::string& company, reply<Answer> to, uint64_t places = 1) {
    auto place = bound_lease::take(places_, company, places);
    if (!place) {
      to(place.error());
      return nullptr;
    }
    return std::make_shared<pending_call<Answer>>(
      pending_call<Answer>{std::move(to), std::move(*place)});
  }

  /// Runs `step(self, left, pending)` in an actor of its own, which sends the requests. Null if it
  /// was answered at once.
  template <class Answer, class Step>
  caf::actor begin(pending_ptr<Answer> pending, time_point until, Step step) {
    using std::chrono::milliseconds;
    auto left = std::chrono::duration_cast<milliseconds>(until - time_point::clock::now());
    if (left <= milliseconds{0}) {
      pending->to(failure{ec::timeout, "the deadline passed before there was an answer", {}});
      return {};
    }
    // Hidden: the actor system does not wait for it at its end.
    return system_.spawn<caf::hidden>(
      [left, pending, step = std::move(step)](caf::event_based_actor* self, int /*CAF wants one*/) {
        step(self, left, pending);
      },
      0);
  }

  template <class Answer, class Step>
  caf::actor begin(const std::string& company, time_point until, reply<Answer> to, Step step) {
    auto pending = admit<Answer>(company, std::move(to));
    return pending ? begin<Answer>(std::move(pending), until, std::move(step)) : caf::actor{};
  }

private:
  caf::actor_system& system_;
  bound_ptr places_;
};

} // namespace carillon
