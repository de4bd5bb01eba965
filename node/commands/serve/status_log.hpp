#pragma once

#include "base/time.hpp"
#include "node/node.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <mutex>
#include <string>

namespace carillon::commands {

// What the log of the process says about a running node.

/// Logs at once what keeps the node from its work, on any thread: each new reason, and an unchanged
/// one from time to time.
class trouble_log {
public:
  void tell(const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    {
      std::lock_guard guard{mutex_};
      if (text == last_ && now < again_)
        return;
      last_ = text;
      again_ = now + repeat_interval;
    }
    spdlog::error(text);
  }

private:
  static constexpr std::chrono::seconds repeat_interval{60};

  std::mutex mutex_;
  std::string last_;
  std::chrono::steady_clock::time_point again_;
};

/// Logs changes of what the node waits for.
class readiness_log {
public:
  void look(const node& x) {
    auto waits_for = x.not_ready();
    if (waits_for == last_)
      return;
    if (waits_for.empty())
      spdlog::info("ready");
    else
      spdlog::warn("not ready, waiting for: {}", waits_for);
    last_ = std::move(waits_for);
  }

private:
  std::string last_;
};

/// Reads certificates again whose files have changed, so that a renewal needs no signal, and warns
/// each day of those that end soon.
class certificate_log {
public:
  /// @tparam Node a node, or a standby
  template <class Node>
  void look(Node& x) {
    const auto seen = x.reload_changed();
    for (const auto& line : seen.read)
      spdlog::info("{}: a file has changed", line);
    for (const auto& what : seen.faults)
      spdlog::error(what);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_)
      return;
    next_ = now + std::chrono::hours{24};
    for (const auto& line : x.ending_certificates(wall_clock_now() + soon))
      spdlog::warn(line);
  }

private:
  static constexpr std::chrono::hours soon{24 * 14};

  std::chrono::steady_clock::time_point next_;
};

} // namespace carillon::commands
