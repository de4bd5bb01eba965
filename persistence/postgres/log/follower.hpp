#pragma once

#include "base/file/descriptor.hpp"
#include "messages/state/postgres_options.hpp"
#include "persistence/log_follower.hpp"
#include "persistence/postgres/call_watch.hpp"
#include "persistence/postgres/node_lock.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace carillon::postgres {

/// Follows the log by LISTEN, and by polling its end now and then, since a notice may be lost.
class follower : public log_follower {
public:
  /// @param own_head head of the log when this process last appended, which is not reported. Stored
  ///        before others are notified
  /// @param lock lock of the node, which is checked meanwhile; null without one
  follower(const std::string& url, postgres_options options,
           std::shared_ptr<const std::atomic<position>> own_head, std::shared_ptr<node_lock> lock);
  ~follower() override;

  expected<position> wait() override;
  void stop() noexcept override;

private:
  struct link;
  using clock = std::chrono::steady_clock;

  void open();
  void close() noexcept;
  /// Sleeps until a notice, `end`, or `stop`.
  void sleep_until(clock::time_point end);
  expected<void> keep_lock();
  position ask();
  position heard();
  /// 0 if it is not new.
  position news(position head);
  expected<position> wait_connected();

  std::string url_;
  postgres_options options_;
  std::chrono::milliseconds limit_;
  std::shared_ptr<const std::atomic<position>> own_head_;
  std::shared_ptr<node_lock> lock_;
  clock::time_point next_look_;
  std::shared_ptr<call_watch> watch_;
  call_watch::entry watched_;
  std::unique_ptr<link> link_;
  position known_ = 0;
  std::chrono::milliseconds pause_{0};
  std::atomic<bool> stop_{false};
  descriptor wake_;
};

} // namespace carillon::postgres
