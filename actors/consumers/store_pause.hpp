#pragma once

#include "messages/caf_error.hpp"

#include <chrono>
#include <string>

namespace carillon {

/// The pause after the store or the log rejected a request, and the reason. The reason is kept
/// apart from the handler's last error.
class store_pause {
public:
  using clock = std::chrono::steady_clock;

  void begin(const caf::error& reason, clock::time_point until) {
    reason_ = to_failure(reason).detail;
    until_ = until;
  }

  /// A request succeeded. Requests that were rejected meanwhile keep their pause.
  void succeed() {
    reason_.clear();
  }

  bool over(clock::time_point now) const noexcept {
    return now >= until_;
  }

  clock::time_point until() const noexcept {
    return until_;
  }

  /// Empty if the last request succeeded.
  const std::string& reason() const noexcept {
    return reason_;
  }

private:
  std::string reason_;
  clock::time_point until_;
};

} // namespace carillon
