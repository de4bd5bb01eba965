#pragma once

#include "node/process/logging.hpp"
#include "node/process/service_manager.hpp"
#include "node/process/stop_watchdog.hpp"

#include <spdlog/spdlog.h>

#include <chrono>

namespace carillon::commands {

/// What a serving process has to do with the system, while the node runs and while it waits as a
/// standby: signals, the log, the service manager. All outlive it.
struct serving_process {
  stop_watchdog& signals;
  log_sink& log;
  const service_manager& manager;

  /// Time between two checks of what the node waits for; the service manager's watchdog may want to
  /// hear more often.
  std::chrono::milliseconds look_pause() const;

  /// Opens the log again, and has the node read its keys and certificates again.
  /// @tparam Node a node, or a standby
  template <class Node>
  void reload(Node& x) {
    manager.reloading();
    if (auto opened = log.reopen(); !opened)
      spdlog::error(opened.error().detail);
    else
      spdlog::info("log file opened again");
    const auto faults = x.reload();
    for (const auto& what : faults)
      spdlog::error(what);
    if (faults.empty())
      spdlog::info("keys and certificates read again");
    manager.ready();
  }
};

} // namespace carillon::commands
