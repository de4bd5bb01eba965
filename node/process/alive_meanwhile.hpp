#pragma once

#include "node/process/service_manager.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace carillon {

/// While it lives, tells the service manager's watchdog that the process lives: during steps of a
/// start that take long, such as a migration, and have no end of their own. Does nothing without a
/// watchdog.
class alive_meanwhile {
public:
  /// Throws `std::system_error` if the system has no thread for it.
  /// @param manager outlives this
  /// @param interval between two reports
  /// @param most after so long it tells no more
  alive_meanwhile(const service_manager& manager, std::chrono::milliseconds interval,
                  std::chrono::milliseconds most = std::chrono::minutes{15});
  alive_meanwhile(const alive_meanwhile&) = delete;
  alive_meanwhile& operator=(const alive_meanwhile&) = delete;
  ~alive_meanwhile();

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

} // namespace carillon
