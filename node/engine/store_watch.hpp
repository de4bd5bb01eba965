#pragma once

#include "persistence/storage.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace carillon {

/// Periodically checks, on a thread of its own, whether this process still has the store
/// exclusively, and reports once if not: its lock or its files were removed.
class store_watch {
public:
  /// @param store outlives the watch
  /// @param lost called with the reason, on the watch's thread
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
