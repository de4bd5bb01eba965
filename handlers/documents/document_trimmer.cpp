#include "handlers/documents/document_trimmer.hpp"

#include <utility>

namespace carillon {

document_trimmer::document_trimmer(worker_access access, document_store store,
                                   std::chrono::milliseconds keep,
                                   std::chrono::milliseconds interval)
  : access_(std::move(access)), store_(std::move(store)), keep_(keep), interval_(interval),
    thread_([this] { run(); }) {
}

document_trimmer::~document_trimmer() {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void document_trimmer::run() {
  std::unique_lock guard{mutex_};
  while (!stop_) {
    guard.unlock();
    // Faults of the store or the disk are ignored here; calls with a waiting caller report them.
    document_removal what{.before = wall_clock_now() - keep_, .by = {.who = {}, .from = {}}};
    static_cast<void>(delete_documents(access_, store_, what, &stop_));
    guard.lock();
    wake_.wait_for(guard, interval_, [this] { return stop_.load(); });
  }
}

} // namespace carillon
