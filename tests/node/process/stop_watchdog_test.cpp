#include "node/process/stop_watchdog.hpp"

#include "base/file/descriptor.hpp"
#include "node/process/descriptors.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace carillon;
using namespace std::chrono_literals;
using signal_event = signal_watch::event;

TEST_SUITE("node/stop_watchdog") {
  namespace {

  /// Runs `fn` in a process of its own, whose exit code it answers, or 128 + its signal.
  template <class F>
  int exit_code_of(F fn) {
    const descriptor said{::memfd_create("said", MFD_CLOEXEC)};
    REQUIRE(said.is_open());
    auto pid = ::fork();
    if (pid == 0) {
      ::dup2(said.get(), STDOUT_FILENO);
      ::close(STDERR_FILENO);
      // The handlers of the test's framework would tell of a crash, and end the run in this
      // process.
      for (int number : {SIGINT, SIGTERM})
        std::signal(number, SIG_DFL);
      fn();
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(::lseek(said.get(), 0, SEEK_END) == 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  void fail_if(bool wrong) {
    if (wrong)
      ::_exit(3);
  }

  } // namespace

  TEST_CASE("a stop in time goes unharmed") {
    CHECK(exit_code_of([] {
            signal_watch signals;
            stop_watchdog x{signals, 30s};
            ::kill(::getpid(), SIGTERM);
            fail_if(x.wait(10s) != signal_event::stop);
          })
          == 0);
  }

  TEST_CASE("a stop that takes too long is ended with code 1, whoever began it") {
    CHECK(exit_code_of([] {
            signal_watch signals;
            stop_watchdog x{signals, 20ms};
            x.begin_stop();
            ::pause();
          })
          == 1);
    CHECK(exit_code_of([] {
            signal_watch signals;
            stop_watchdog x{signals, 20ms};
            // The start hangs, so no thread waits for events.
            ::kill(::getpid(), SIGINT);
            ::pause();
          })
          == 1);
  }

  TEST_CASE("a second signal ends it at once with code 1, whatever the process does") {
    CHECK(exit_code_of([] {
            signal_watch signals;
            stop_watchdog x{signals, 1h};
            ::kill(::getpid(), SIGHUP);
            ::kill(::getpid(), SIGTERM);
            // The first of the two may be told before the second has come.
            auto told = x.wait(10s);
            fail_if((told == signal_event::reopen ? x.wait(10s) : told) != signal_event::stop);
            ::kill(::getpid(), SIGTERM);
            ::pause();
          })
          == 1);
  }

  TEST_CASE("signals arrive as events, in whatever thread they are waited for") {
    CHECK(exit_code_of([] {
            signal_watch signals;
            fail_if(signals.wait(0ms) != signal_event::timeout);
            ::kill(::getpid(), SIGHUP);
            fail_if(signals.wait(10s) != signal_event::reopen);
            ::kill(::getpid(), SIGINT);
            fail_if(signals.wait(10s) != signal_event::stop);
            signals.wake();
            fail_if(signals.wait(10s) != signal_event::woken);
          })
          == 0);
  }

  TEST_CASE("the watchdog hands events on") {
    CHECK(exit_code_of([] {
            signal_watch signals;
            stop_watchdog x{signals, 30s};
            fail_if(x.wait(1ms) != signal_event::timeout);
            ::kill(::getpid(), SIGHUP);
            fail_if(x.wait(10s) != signal_event::reopen);
            x.wake();
            fail_if(x.wait(10s) != signal_event::woken);
            fail_if(x.wait(1ms) != signal_event::timeout);
          })
          == 0);
  }

  TEST_CASE(
    "signals that come before anybody watches wait, and those that nobody wants are ignored") {
    CHECK(exit_code_of([] {
            hold_signals();
            for (int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGXFSZ})
              ::kill(::getpid(), number);
            signal_watch signals;
            fail_if(signals.wait(10s) != signal_event::reopen);
            fail_if(signals.wait(0ms) != signal_event::timeout);
            release_signals();
            for (int number : {SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGXFSZ})
              ::kill(::getpid(), number);
          })
          == 0);
    // Another command is ended by them as ever; a closed pipe is told by the write.
    for (int number : {SIGINT, SIGTERM, SIGHUP})
      CHECK(exit_code_of([number] {
              hold_signals();
              ::kill(::getpid(), number);
              release_signals();
            })
            == 128 + number);
  }

  TEST_CASE("closed standard descriptors are filled, and fail as they did") {
    CHECK(exit_code_of([] {
            for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
              ::close(fd);
            fail_if(!fill_standard_descriptors());
            fail_if(::open("/dev/null", O_RDWR) <= STDERR_FILENO);
            std::array<char, 1> byte{};
            fail_if(::read(STDIN_FILENO, byte.data(), 1) >= 0 || errno != EBADF);
            for (int fd : {STDOUT_FILENO, STDERR_FILENO})
              fail_if(::write(fd, "x", 1) >= 0 || errno != EBADF);
          })
          == 0);
    CHECK(exit_code_of([] {
            // Open descriptors stay unchanged.
            std::array<int, 2> ends{};
            fail_if(::pipe(ends.data()) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0);
            ::close(STDIN_FILENO);
            fail_if(!fill_standard_descriptors());
            fail_if(::write(STDOUT_FILENO, "x", 1) != 1);
          })
          == 0);
  }
}
