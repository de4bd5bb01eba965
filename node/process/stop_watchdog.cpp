#include "node/process/stop_watchdog.hpp"

#include "node/option_values.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <unistd.h>

namespace carillon {

namespace {

using clock = std::chrono::steady_clock;

/// How long the thread waits while the process runs; then it waits again.
constexpr std::chrono::milliseconds long_wait = std::chrono::hours{1};

[[noreturn]] void give_up(const std::string& why) {
  auto line = "carillon: " + why + ", ended without waiting for the rest\n";
  static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
  ::_exit(1);
}

} // namespace

stop_watchdog::stop_watchdog(signal_watch& signals, std::chrono::milliseconds deadline)
  : signals_(signals), deadline_(deadline), thread_([this] { watch(); }) {
}

stop_watchdog::~stop_watchdog() {
  {
    std::lock_guard guard{mutex_};
    over_ = true;
  }
  signals_.wake();
  thread_.join();
}

signal_watch::event stop_watchdog::wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, timeout, [this] { return stop_ || reopen_ || woken_; });
  if (stop_)
    return signal_watch::event::stop;
  if (std::exchange(woken_, false))
    return signal_watch::event::woken;
  if (std::exchange(reopen_, false))
    return signal_watch::event::reopen;
  return signal_watch::event::timeout;
}

void stop_watchdog::wake() {
  {
    std::lock_guard guard{mutex_};
    woken_ = true;
  }
  changed_.notify_all();
}

void stop_watchdog::begin_stop() {
  {
    std::lock_guard guard{mutex_};
    end_ = std::min(end_, clock::now() + deadline_);
  }
  // The thread waits with the deadline that it knew.
  signals_.wake();
}

std::chrono::milliseconds stop_watchdog::left() const {
  std::lock_guard guard{mutex_};
  if (end_ == clock::time_point::max())
    return long_wait;
  return std::chrono::ceil<std::chrono::milliseconds>(end_ - clock::now());
}

/// False if it was the last one.
bool stop_watchdog::take(signal_watch::event x) {
  std::lock_guard guard{mutex_};
  switch (x) {
  case signal_watch::event::stop:
    if (stop_)
      give_up("a second signal to stop");
    stop_ = true;
    end_ = std::min(end_, clock::now() + deadline_);
    break;
  case signal_watch::event::timeout:
    if (end_ <= clock::now())
      give_up("the stop took more than " + to_text(deadline_));
    break;
  case signal_watch::event::woken:
    break;
  case signal_watch::event::reopen:
    reopen_ = true;
    break;
  }
  return !over_;
}

void stop_watchdog::watch() {
  while (take(signals_.wait(left())))
    changed_.notify_all();
}

} // namespace carillon
