#pragma once

#include "messages/caf_error.hpp"
#include "net/admin/call.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <utility>

namespace carillon::admin {

/// Asks an actor and waits for its answer, at most until the call's deadline.
template <class R, class Handle, class... Ts>
expected<R> ask(const call& c, const Handle& to, Ts&&... message) {
  using std::chrono::milliseconds;
  auto left
    = std::chrono::duration_cast<milliseconds>(c.deadline - std::chrono::steady_clock::now());
  if (left <= milliseconds{0})
    return failure{ec::timeout, "the deadline passed before there was an answer", {}};
  expected<R> out{failure{}};
  // Hidden: the actor system does not wait for it at its end.
  caf::scoped_actor self{*c.ctx.backend.system, true};
  self->request(to, left, std::forward<Ts>(message)...)
    .receive([&](R& x) { out = std::move(x); },
             [&](const caf::error& reason) { out = to_failure(reason); });
  return out;
}

} // namespace carillon::admin
