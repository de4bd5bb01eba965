#pragma once

#include "messages/events/event.hpp"
#include "persistence/postgres/connection.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace carillon::postgres {

/// Tells others, by NOTIFY, how far the log is: after the commit, on a connection and a thread of
/// its own, so that no append waits for it. What is appended while one notice is sent is told by
/// the next. A notice that is lost with its connection is made up for by those who follow: they
/// look by themselves, too.
class log_notifier {
public:
  log_notifier(const std::string& url, const postgres_options& options);
  log_notifier(const log_notifier&) = delete;
  log_notifier& operator=(const log_notifier&) = delete;
  ~log_notifier();

  /// Thread-safe; doesn't wait.
  void tell(position head);

private:
  void run();

  connection db_;
  std::mutex mutex_;
  std::condition_variable changed_;
  position head_ = 0;
  position told_ = 0;
  /// Waits for something to tell.
  bool idle_ = false;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace carillon::postgres
