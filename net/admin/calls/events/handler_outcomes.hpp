#pragma once

#include "net/admin/call.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::admin {

/// The outcome of an event in a handler.
struct handler_outcome {
  std::string name;
  /// `done` (also if the event is not for this handler), `pending`, `retrying` or `dead`.
  std::string_view state;
};

/// Derived from cursors, retries and dead letters, since successes are not stored. A handler is
/// `done` when that is durable: no crash makes it see the event again.
expected<std::vector<handler_outcome>> handler_outcomes(const call& c, const event& x);

/// `[{"name","state"}]`.
std::string to_json(const std::vector<handler_outcome>& xs);

/// Blocks until no handler is `pending` or `retrying`. Errors: `timeout` at `end`, which names a
/// handler.
expected<void> wait_until_handled(const call& c, const event& x,
                                  std::chrono::steady_clock::time_point end);

} // namespace carillon::admin
