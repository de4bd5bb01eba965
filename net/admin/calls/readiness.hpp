#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace carillon::admin {

/// Answers whether the node is ready soon, whatever the check itself waits for: the check runs on a
/// thread of its own, once for all who ask meanwhile. Who would wait too long is told what was
/// found last, if that is not long ago. Thread-safe.
class readiness {
public:
  using clock = std::chrono::steady_clock;
  /// Empty if the node is ready, else what it waits for.
  using reply = std::function<void(const std::string& waiting_for)>;

  /// Somebody who asks is answered after so long.
  static constexpr std::chrono::milliseconds patience{70};
  /// What was found is worth telling for so long.
  static constexpr std::chrono::seconds memory{5};

  /// @param check may block; empty = always ready
  explicit readiness(std::function<std::string()> check);
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;
  /// Waits for a check that runs.
  ~readiness();

  /// Does not block. The reply is called from another thread; not at all after the end.
  void ask(reply x);

  void stop();

private:
  struct waiter {
    reply tell;
    clock::time_point asked;
  };

  void check_when_wanted();
  void answer_in_time();
  std::vector<waiter> take_due(clock::time_point now);
  std::string verdict(clock::time_point now) const;

  const std::function<std::string()> check_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<waiter> waiters_;
  bool wanted_ = false;
  bool ended_ = false;
  std::string found_;
  /// When the last check began and ended.
  clock::time_point begun_{};
  clock::time_point ended_at_{};
  std::thread checker_;
  std::thread answerer_;
};

} // namespace carillon::admin
