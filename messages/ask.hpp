#pragma once

#include "messages/caf_error.hpp"
#include "messages/ids.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <cassert>
#include <chrono>
#include <type_traits>
#include <utility>

namespace carillon {

/// Whether the calling thread is one of those on which the system runs the actors that are not
/// detached.
bool is_scheduler_thread(caf::actor_system& sys);

/// Asks an actor and blocks the calling thread until there is an answer, at most for `timeout`.
/// `ask<void>` is for requests that are answered with `atom::done`.
///
/// For threads outside of the actor system, and for detached actors, whose thread is their own.
/// No other actor of the system may call it (asserted): it would hold a thread that the one who is
/// to answer may need, and a node has as few as two.
///
/// Errors: those of the answer; `timeout`; `shutting_down` if the actor has ended; `internal` if
/// the handle is null.
template <class Answer, class Handle, class... Request>
expected<Answer> ask(caf::actor_system& sys, const Handle& to, std::chrono::milliseconds timeout,
                     Request&&... request) {
  assert(!is_scheduler_thread(sys));
  // Hidden: the actor system does not wait for it at its end.
  caf::scoped_actor self{sys, true};
  auto pending = self->request(to, timeout, std::forward<Request>(request)...);
  if constexpr (std::is_void_v<Answer>) {
    expected<void> out;
    pending.receive([](atom::done) {}, [&](const caf::error& why) { out = to_failure(why); });
    return out;
  } else {
    expected<Answer> out{failure{}};
    pending.receive([&](Answer& x) { out = std::move(x); },
                    [&](const caf::error& why) { out = to_failure(why); });
    return out;
  }
}

} // namespace carillon
