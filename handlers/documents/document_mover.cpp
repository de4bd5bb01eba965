#include "handlers/documents/document_mover.hpp"

#include <cstdint>
#include <utility>

namespace carillon {

document_mover::document_mover(document_store store, listener tell_done, listener tell_trouble,
                               std::chrono::milliseconds pause)
  : store_(std::move(store)), tell_done_(std::move(tell_done)),
    tell_trouble_(std::move(tell_trouble)), pause_(pause), thread_([this] { run(); }) {
}

document_mover::~document_mover() {
  {
    const std::lock_guard guard{mutex_};
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void document_mover::run() {
  uint64_t moved = 0;
  uint64_t stay = 0;
  std::string why;
  for (const auto& name : store_.left_files()) {
    auto done = store_.move(name);
    while (!done && done.error().code == ec::store_unavailable) {
      // The database, or the disk: later.
      std::unique_lock lock{mutex_};
      if (wake_.wait_for(lock, pause_, [this] { return stop_; }))
        return;
      lock.unlock();
      done = store_.move(name);
    }
    if (done)
      ++moved;
    else if (done.error().code == ec::store_locked)
      return;
    else if (done.error().code != ec::not_found && ++stay == 1)
      why = done.error().detail;
    const std::lock_guard guard{mutex_};
    if (stop_)
      return;
  }
  if (moved > 0 && tell_done_)
    tell_done_(std::to_string(moved) + " documents were moved from " + store_.directory()
               + " into the database");
  if (stay > 0 && tell_trouble_)
    tell_trouble_(std::to_string(stay) + " documents stay in " + store_.directory()
                  + ", where other nodes do not find them: " + why);
}

} // namespace carillon
