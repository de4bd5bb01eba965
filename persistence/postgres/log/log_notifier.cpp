#include "persistence/postgres/log/log_notifier.hpp"

#include "persistence/postgres/advisory.hpp"

namespace carillon::postgres {

log_notifier::log_notifier(const std::string& url, const postgres_options& options)
  : db_(url, options), thread_([this] { run(); }) {
}

log_notifier::~log_notifier() {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  changed_.notify_all();
  db_.interrupt();
  thread_.join();
}

void log_notifier::tell(position head) {
  bool wake = false;
  {
    std::lock_guard guard{mutex_};
    head_ = head;
    wake = idle_;
  }
  if (wake)
    changed_.notify_all();
}

void log_notifier::run() {
  std::unique_lock guard{mutex_};
  for (;;) {
    idle_ = true;
    changed_.wait(guard, [this] { return stop_ || head_ != told_; });
    idle_ = false;
    if (stop_)
      return;
    auto head = told_ = head_;
    guard.unlock();
    try {
      db_.begin(std::string{"NOTIFY "} + log_channel + ", '" + std::to_string(head) + "'");
    } catch (const std::exception&) {
      // The server is unreachable; followers poll when it is back.
    }
    guard.lock();
    changed_.wait_for(guard, db_.options().notice_interval, [this] { return stop_; });
  }
}

} // namespace carillon::postgres
