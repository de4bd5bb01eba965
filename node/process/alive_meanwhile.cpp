#include "node/process/alive_meanwhile.hpp"

namespace carillon {

alive_meanwhile::alive_meanwhile(const service_manager& manager, std::chrono::milliseconds interval,
                                 std::chrono::milliseconds most) {
  if (!manager.watchdog())
    return;
  const auto end = std::chrono::steady_clock::now() + most;
  thread_ = std::thread{[this, &manager, interval, end] {
    std::unique_lock lock{mutex_};
    while (!changed_.wait_for(lock, interval, [this] { return ended_; })
           && std::chrono::steady_clock::now() < end)
      manager.alive();
  }};
}

alive_meanwhile::~alive_meanwhile() {
  {
    const std::lock_guard guard{mutex_};
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

} // namespace carillon
