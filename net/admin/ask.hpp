#pragma once

#include "messages/ask.hpp"
#include "net/admin/call.hpp"

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
  return carillon::ask<R>(*c.ctx.backend.system, to, left, std::forward<Ts>(message)...);
}

} // namespace carillon::admin
