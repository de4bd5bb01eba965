#include "node/commands/serve/serving_process.hpp"

#include <algorithm>

namespace carillon::commands {

namespace {

constexpr std::chrono::seconds look_interval{5};

} // namespace

std::chrono::milliseconds serving_process::look_pause() const {
  auto interval = manager.watchdog();
  if (!interval)
    return look_interval;
  auto half = std::chrono::floor<std::chrono::milliseconds>(*interval / 2);
  return std::clamp<std::chrono::milliseconds>(half, std::chrono::milliseconds{1}, look_interval);
}

} // namespace carillon::commands
