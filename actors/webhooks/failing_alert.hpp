#pragma once

#include "base/time.hpp"
#include "messages/events/event.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace carillon {

/// Tells the operator that a webhook fails, at 50, 70 and 90 % of the time after which it is
/// disabled, and that it does not fail any more. Plain logic.
class failing_alert {
public:
  using reporter = std::function<void(draft_ptr)>;

  /// @param report may be empty: nothing is told then
  failing_alert(uint64_t webhook, std::chrono::milliseconds give_up_after, reporter report)
    : webhook_(webhook), give_up_after_(give_up_after), report_(std::move(report)) {
  }

  /// An attempt failed. The same level is told once, also after a restart: the log takes its event
  /// once.
  void failed(timestamp since, timestamp now);

  /// An attempt succeeded, the first one since then.
  void succeeded(timestamp since, timestamp now);

private:
  /// 0, 50, 70 or 90.
  int64_t level_at(timestamp since, timestamp now) const;
  void report(timestamp since, int64_t level, const char* state, std::string message) const;

  uint64_t webhook_;
  std::chrono::milliseconds give_up_after_;
  reporter report_;
  int64_t told_ = 0;
};

} // namespace carillon
