#include "node/process/signals.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace carillon {

namespace {

constexpr std::array control_signals{SIGTERM, SIGINT, SIGHUP};

/// With SIGXFSZ ignored, a file past its limit is an error of the write, as a full disk is.
constexpr std::array ignored_signals{SIGPIPE,   SIGUSR1, SIGUSR2, SIGALRM,
                                     SIGVTALRM, SIGPROF, SIGIO,   SIGXFSZ};

/// The mask before `hold_signals`.
sigset_t mask_before{};
bool held = false;

template <size_t N>
void add(sigset_t& to, const std::array<int, N>& numbers) noexcept {
  for (int number : numbers)
    sigaddset(&to, number);
}

void ignore_the_rest() noexcept {
  for (int number : ignored_signals) {
    struct sigaction now {};
    // Keeps a signal that has a handler, e.g. a profiler's.
    if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_DFL)
      std::signal(number, SIG_IGN);
  }
}

} // namespace

void hold_signals() noexcept {
  sigset_t all{};
  sigemptyset(&all);
  add(all, control_signals);
  add(all, ignored_signals);
  held = pthread_sigmask(SIG_BLOCK, &all, &mask_before) == 0;
}

void release_signals() noexcept {
  if (std::exchange(held, false))
    pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
}

signal_watch::signal_watch() {
  ignore_the_rest();
  sigset_t taken{};
  sigemptyset(&taken);
  add(taken, control_signals);
  pthread_sigmask(SIG_BLOCK, &taken, nullptr);
  signals_ = descriptor{::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK)};
  wakeups_ = descriptor{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)};
  if (!signals_.is_open() || !wakeups_.is_open())
    throw std::system_error(errno, std::generic_category(), "signalfd");
}

signal_watch::event signal_watch::wait(std::chrono::milliseconds timeout) {
  auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    auto left
      = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    auto ms = std::clamp<int64_t>(left.count(), 0, std::numeric_limits<int>::max());
    std::array<pollfd, 2> fds{{{signals_.get(), POLLIN, 0}, {wakeups_.get(), POLLIN, 0}}};
    auto n = ::poll(fds.data(), fds.size(), static_cast<int>(ms));
    if (n == 0)
      return event::timeout;
    signalfd_siginfo info{};
    if (n > 0 && ::read(signals_.get(), &info, sizeof(info)) == sizeof(info))
      return info.ssi_signo == SIGHUP ? event::reopen : event::stop;
    uint64_t count = 0;
    if (n > 0 && ::read(wakeups_.get(), &count, sizeof(count)) == sizeof(count))
      return event::woken;
  }
}

void signal_watch::wake() const noexcept {
  uint64_t one = 1;
  static_cast<void>(!::write(wakeups_.get(), &one, sizeof(one)));
}

} // namespace carillon
