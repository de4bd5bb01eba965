#pragma once

#include "messages/events/event.hpp"
#include "persistence/postgres/connection.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace carillon::postgres {

/// Notifies others of the head of the log with NOTIFY: after the commit, on its own connection and
/// thread, so that no append waits for it. The next notice covers events appended while one is
/// sent. Followers also poll, which makes up for a notice lost with its connection.
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
  /// Waits for a new position.
  bool idle_ = false;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace carillon::postgres
