#pragma once

#include "persistence/storage.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace carillon {

/// Asks a store again and again whether it is this process's alone, on a thread of its own, and
/// tells once if it is not: somebody removed its lock, or its files.
class store_watch {
public:
  /// @param store outlives the watch
  /// @param lost told the reason, on the watch's thread
  store_watch(const storage& store, std::function<void(std::string)> lost,
              std::chrono::milliseconds interval = std::chrono::milliseconds{500});
  store_watch(const store_watch&) = delete;
  store_watch& operator=(const store_watch&) = delete;
  ~store_watch();

private:
  void run();

  const storage& store_;
  std::function<void(std::string)> lost_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

} // namespace carillon
