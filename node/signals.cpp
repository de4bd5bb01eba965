#include "node/signals.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <limits>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace carillon {

signal_watch::signal_watch() {
  sigset_t taken{};
  sigemptyset(&taken);
  for (int number : {SIGTERM, SIGINT, SIGHUP})
    sigaddset(&taken, number);
  pthread_sigmask(SIG_BLOCK, &taken, nullptr);
  signals_ = ::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  wakeups_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
  if (signals_ < 0 || wakeups_ < 0)
    throw std::system_error(errno, std::generic_category(), "signalfd");
}

signal_watch::~signal_watch() {
  ::close(signals_);
  ::close(wakeups_);
}

signal_watch::event signal_watch::wait(std::chrono::milliseconds timeout) {
  auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    auto left
      = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    auto ms = std::clamp<int64_t>(left.count(), 0, std::numeric_limits<int>::max());
    std::array<pollfd, 2> fds{{{signals_, POLLIN, 0}, {wakeups_, POLLIN, 0}}};
    auto n = ::poll(fds.data(), fds.size(), static_cast<int>(ms));
    if (n == 0)
      return event::timeout;
    signalfd_siginfo info{};
    if (n > 0 && ::read(signals_, &info, sizeof(info)) == sizeof(info))
      return info.ssi_signo == SIGHUP ? event::reopen : event::stop;
    uint64_t count = 0;
    if (n > 0 && ::read(wakeups_, &count, sizeof(count)) == sizeof(count))
      return event::woken;
  }
}

void signal_watch::wake() const noexcept {
  uint64_t one = 1;
  static_cast<void>(!::write(wakeups_, &one, sizeof(one)));
}

} // namespace carillon
