#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace carillon::admin {

/// Answers soon whether the node is ready, even if the check itself waits: the check runs on its
/// own thread, once for all requests meanwhile. A request that would wait too long gets the last
/// result, if that is recent. Thread-safe.
class readiness {
public:
  using clock = std::chrono::steady_clock;
  /// Empty if the node is ready, else the reason.
  using reply = std::function<void(const std::string& waiting_for)>;

  /// Longest wait of a request.
  static constexpr std::chrono::milliseconds patience{70};
  /// How long a result stays valid.
  static constexpr std::chrono::seconds memory{5};

  /// @param check may block; empty = always ready
  explicit readiness(std::function<std::string()> check);
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;
  /// Waits for a running check.
  ~readiness();

  /// Does not block. The reply is called from another thread, but not after the destructor.
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
