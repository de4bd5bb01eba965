#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

namespace carillon::postgres {

/// Ends connections whose calls exceed their time limit: a hanging server or network device neither
/// answers nor closes, and libpq waits for ever. Its one thread checks four times a second.
/// Thread-safe; one serves the whole process for as long as there are connections.
class call_watch {
public:
  using clock = std::chrono::steady_clock;

  /// A connection that is watched, between its opening and its closing.
  class entry {
  public:
    entry() = default;

    /// Later calls end at once.
    bool is_interrupted() const noexcept {
      return interrupted_;
    }

  private:
    friend class call_watch;
    int socket_ = -1;
    /// Deadline of the running call; 0 = none is running.
    std::atomic<clock::rep> deadline_{0};
    std::atomic<bool> interrupted_{false};
  };

  /// For the time of one call.
  class call {
  public:
    /// @param limit 0 = none
    call(entry& x, std::chrono::milliseconds limit) noexcept : entry_(x) {
      if (entry_.interrupted_)
        entry_.deadline_ = 1;
      else if (limit.count() > 0)
        entry_.deadline_ = (clock::now() + limit).time_since_epoch().count();
    }
    call(const call&) = delete;
    call& operator=(const call&) = delete;
    ~call() {
      entry_.deadline_ = 0;
    }

  private:
    entry& entry_;
  };

  static std::shared_ptr<call_watch> of_process();

  call_watch();
  call_watch(const call_watch&) = delete;
  call_watch& operator=(const call_watch&) = delete;
  ~call_watch();

  /// @param socket stays open until `remove`
  void add(entry& x, int socket);
  void remove(entry& x);

  /// Ends the running call at once, and later ones at the next check.
  void interrupt(entry& x) noexcept;

private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::set<entry*> entries_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace carillon::postgres
