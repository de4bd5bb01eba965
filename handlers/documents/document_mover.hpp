#pragma once

#include "handlers/documents/document_store.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace carillon {

/// Moves documents that lie in files of a node into the database, once, on its own thread:
/// meanwhile they are read from their files. What cannot be moved stays, and is told; while the
/// database is away it waits.
class document_mover {
public:
  using listener = std::function<void(const std::string&)>;

  /// @param tell_done, tell_trouble sentences for the operator, on the thread; may be empty
  document_mover(document_store store, listener tell_done, listener tell_trouble,
                 std::chrono::milliseconds pause = std::chrono::seconds{30});
  document_mover(const document_mover&) = delete;
  document_mover& operator=(const document_mover&) = delete;
  /// Waits for the document under way.
  ~document_mover();

private:
  void run();

  document_store store_;
  listener tell_done_;
  listener tell_trouble_;
  std::chrono::milliseconds pause_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace carillon
