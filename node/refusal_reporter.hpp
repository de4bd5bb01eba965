#pragma once

#include "messages/interfaces.hpp"
#include "net/admin_port.hpp"

#include <chrono>
#include <mutex>

namespace carillon {

/// Publishes `security.login_failed` and `security.access_denied` for refused requests, as
/// many as a rate allows: somebody who guesses keys must not fill the log. Thread-safe.
class refusal_reporter {
public:
  using clock = std::chrono::steady_clock;

  /// At most this many at once, and one more each `pause`.
  static constexpr unsigned burst = 20;
  static constexpr std::chrono::milliseconds pause{1'000};

  explicit refusal_reporter(router_actor router) : router_(std::move(router)) {
  }

  /// Does not block. What is over the rate, or is refused by the router, is dropped.
  void report(const refused_access& x, clock::time_point now = clock::now());

private:
  bool take_turn(clock::time_point now);

  router_actor router_;
  std::mutex mutex_;
  unsigned turns_ = burst;
  clock::time_point refilled_at_{};
};

} // namespace carillon
