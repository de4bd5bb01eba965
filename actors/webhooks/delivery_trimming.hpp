#pragma once

#include "actors/webhooks/webhook_hub_env.hpp"

#include <chrono>

namespace carillon {

/// Deletes old deliveries, a page at a time, at an interval. Part of the hub's state.
class delivery_trimming {
public:
  /// All references outlive it.
  delivery_trimming(webhook_hub_actor::pointer self, const webhook_hub_env& env);

  /// Begins to delete if it is time.
  void check();

  /// Ends after the page under way.
  void stop() noexcept {
    stopped_ = true;
  }

private:
  void trim();
  void finish();

  webhook_hub_actor::pointer self_;
  const webhook_hub_env& env_;
  std::chrono::steady_clock::time_point due_;
  bool under_way_ = false;
  bool stopped_ = false;
};

} // namespace carillon
