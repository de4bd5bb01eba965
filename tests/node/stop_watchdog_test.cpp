#include "node/stop_watchdog.hpp"

#include <doctest/doctest.h>

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

/// Runs `fn` in a process of its own, whose exit code it answers.
template <class F>
int exit_code_of(F fn) {
  auto pid = ::fork();
  if (pid == 0) {
    ::close(STDERR_FILENO);
    fn();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

} // namespace

TEST_SUITE("node/stop_watchdog") {
  TEST_CASE("a stop in time goes unharmed") {
    CHECK(exit_code_of([] {
            signal_watch signals;
            stop_watchdog x{signals, 30s};
          })
          == 0);
  }

  TEST_CASE("a stop that takes too long is ended with code 1") {
    CHECK(exit_code_of([] {
            signal_watch signals;
            stop_watchdog x{signals, 20ms};
            ::pause();
          })
          == 1);
  }

  TEST_CASE("a second signal ends it at once with code 1") {
    CHECK(exit_code_of([] {
            signal_watch signals;
            ::kill(::getpid(), SIGHUP);
            ::kill(::getpid(), SIGTERM);
            stop_watchdog x{signals, 30s};
            ::pause();
          })
          == 1);
  }

  TEST_CASE("signals arrive as events, in whatever thread they are waited for") {
    CHECK(exit_code_of([] {
            signal_watch signals;
            auto fail = [](bool wrong) {
              if (wrong)
                ::_exit(3);
            };
            fail(signals.wait(0ms) != signal_watch::event::timeout);
            ::kill(::getpid(), SIGHUP);
            fail(signals.wait(10s) != signal_watch::event::reopen);
            ::kill(::getpid(), SIGINT);
            fail(signals.wait(10s) != signal_watch::event::stop);
            signals.wake();
            fail(signals.wait(10s) != signal_watch::event::woken);
          })
          == 0);
  }
}
