#pragma once

#include "base/failure.hpp"
#include "messages/bounds.hpp"
#include "messages/caf_error.hpp"
#include "messages/request_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace carillon {

/// Asks an actor from a thread that must not block. An actor of its own waits for the answer, until
/// `until`, and holds a place of the company meanwhile: the mailbox that it writes to has no bound.
/// `to` is called once, at once or on a thread of the actor system. Errors: those of the request,
/// `timeout`, `overloaded` and `quota_exceeded` (there is no place).
/// @param system outlives the request
/// @param whom not null
template <class Handle, class Request>
void ask_within(caf::actor_system& system, const bound_ptr& places, const std::string& company,
                const Handle& whom, Request x, std::chrono::steady_clock::time_point until,
                std::function<void(expected<reply_of<Request>>)> to) {
  using std::chrono::milliseconds;
  using answer = reply_of<Request>;
  struct pending_request {
    std::function<void(expected<answer>)> to;
    /// Free again when the actor is gone.
    bound_lease place;
  };
  const auto left
    = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
  if (left <= milliseconds{0})
    return to(failure{ec::timeout, "the deadline passed before there was an answer", {}});
  auto place = bound_lease::take(places, company, 1);
  if (!place)
    return to(place.error());
  auto pending
    = std::make_shared<pending_request>(pending_request{std::move(to), std::move(*place)});
  // Hidden: the actor system does not wait for it at its end.
  system.spawn<caf::hidden>(
    [whom, left, x = std::move(x), pending = std::move(pending)](caf::event_based_actor* self,
                                                                 int /*CAF wants one*/) {
      self->request(whom, left, x)
        .then([pending](answer& found) { pending->to(std::move(found)); },
              [pending](const caf::error& why) { pending->to(to_failure(why)); });
    },
    0);
}

} // namespace carillon
