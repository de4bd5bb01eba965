#include "node/stop_watchdog.hpp"

#include "node/option_values.hpp"

#include <string>

#include <unistd.h>

namespace carillon {

namespace {

[[noreturn]] void give_up(const std::string& why) {
  auto line = "carillon: " + why + ", ended without waiting for the rest\n";
  static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
  ::_exit(1);
}

} // namespace

stop_watchdog::stop_watchdog(signal_watch& signals, std::chrono::milliseconds deadline)
  : signals_(signals), thread_([this, deadline] { watch(deadline); }) {
}

stop_watchdog::~stop_watchdog() {
  signals_.wake();
  thread_.join();
}

void stop_watchdog::watch(std::chrono::milliseconds deadline) {
  auto end = std::chrono::steady_clock::now() + deadline;
  for (;;) {
    auto left
      = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    switch (signals_.wait(left)) {
    case signal_watch::event::stop:
      give_up("a second signal to stop");
    case signal_watch::event::timeout:
      give_up("the stop took more than " + to_text(deadline));
    case signal_watch::event::woken:
      return;
    case signal_watch::event::reopen:
      break;
    }
  }
}

} // namespace carillon
