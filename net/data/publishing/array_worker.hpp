#pragma once

#include "base/fair_queue.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace carillon::data {

/// Parses large arrays of a port's connections on a thread of its own, below the priority of the
/// loops, so that single events wait for an array neither in their loop nor for a core. Companies
/// take turns, and so do the arrays of a company. At most one array of each connection is here.
/// Thread-safe. The thread is started with the first array.
class array_worker {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Parses until the time given, on the worker's thread. True when the array is done, whose
  /// connection knows it by then. It must not throw.
  using step = std::function<bool(time_point until)>;

  array_worker() = default;
  array_worker(const array_worker&) = delete;
  array_worker& operator=(const array_worker&) = delete;
  /// Stops.
  ~array_worker();

  /// Nothing happens after a stop. Throws without memory, or if the system refuses the thread; then
  /// the array is not here.
  void push(std::string_view company, step x);

  /// Ends the thread after its current turn, and drops what waits: their loops have ended.
  void stop();

private:
  struct item {
    std::string company;
    step parse;
  };

  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  fair_queue<item> waiting_{1};
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace carillon::data
