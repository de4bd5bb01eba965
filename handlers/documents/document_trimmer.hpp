#pragma once

#include "handlers/documents/document_removal.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace carillon {

/// Deletes documents beyond their retention, once an hour, on its own thread. Failures are retried
/// the next hour.
class document_trimmer {
public:
  document_trimmer(worker_access access, document_store store, std::chrono::milliseconds keep,
                   std::chrono::milliseconds interval = std::chrono::hours{1});

  /// Waits for the page under way.
  ~document_trimmer();

  document_trimmer(const document_trimmer&) = delete;
  document_trimmer& operator=(const document_trimmer&) = delete;

private:
  void run();

  worker_access access_;
  document_store store_;
  std::chrono::milliseconds keep_;
  std::chrono::milliseconds interval_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

} // namespace carillon
