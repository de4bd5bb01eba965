#include "node/engine/store_watch.hpp"

#include <utility>

namespace carillon {

store_watch::store_watch(const storage& store, std::function<void(std::string)> lost,
                         std::chrono::milliseconds interval)
  : store_(store), lost_(std::move(lost)), interval_(interval), thread_([this] { run(); }) {
}

store_watch::~store_watch() {
  {
    std::lock_guard guard{mutex_};
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void store_watch::run() {
  std::unique_lock lock{mutex_};
  while (!changed_.wait_for(lock, interval_, [this] { return over_; })) {
    lock.unlock();
    if (auto held = store_.check_hold(); !held) {
      lost_(held.error().detail);
      return;
    }
    lock.lock();
  }
}

} // namespace carillon
