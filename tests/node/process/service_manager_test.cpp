#include "node/process/service_manager.hpp"

#include "node/process/alive_meanwhile.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>

#include <unistd.h>

using namespace carillon;
using test::notify_socket;
using namespace std::chrono_literals;

TEST_SUITE("node/service_manager") {
  namespace {

  using variables = std::map<std::string, std::string>;

  service_manager manager_of(const variables& xs) {
    return service_manager{[&](const char* name) -> const char* {
      auto i = xs.find(name);
      return i != xs.end() ? i->second.c_str() : nullptr;
    }};
  }

  void check_all(const std::string& name) {
    notify_socket socket{name};
    const auto x = manager_of({{"NOTIFY_SOCKET", name}});
    CHECK(x.ready());
    CHECK(socket.next() == "READY=1");
    CHECK(x.reloading());
    CHECK(socket.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(x.alive());
    CHECK(socket.next() == "WATCHDOG=1");
    CHECK(x.stopping(10s));
    CHECK(socket.next() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000");
    CHECK(socket.next(0ms).empty());
  }

  } // namespace

  TEST_CASE("each state is a datagram to a socket of the file system") {
    test::temporary_directory dir;
    check_all(dir.path() + "/notify");
  }

  TEST_CASE("the same to an abstract socket") {
    check_all("@carillon-test-" + std::to_string(::getpid()));
  }

  TEST_CASE("without a manager nothing is sent, and nothing fails") {
    for (const auto& xs :
         {variables{}, variables{{"NOTIFY_SOCKET", ""}}, variables{{"NOTIFY_SOCKET", "vsock:2:1"}},
          variables{{"NOTIFY_SOCKET", "/" + std::string(200, 'x')}}}) {
      CHECK(manager_of(xs).ready());
      CHECK(!manager_of(xs).watchdog());
    }
  }

  TEST_CASE("a manager that is gone is reported") {
    test::temporary_directory dir;
    CHECK(!manager_of({{"NOTIFY_SOCKET", dir.path() + "/none"}}).ready());
  }

  TEST_CASE("a step that takes long is reported as alive until its end, and not for ever") {
    const auto name = "@carillon-test-alive-" + std::to_string(::getpid());
    notify_socket socket{name};
    const auto x = manager_of({{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", "60000000"}});
    {
      const alive_meanwhile reports{x, 1ms};
      CHECK(socket.next() == "WATCHDOG=1");
      CHECK(socket.next() == "WATCHDOG=1");
    }
    while (!socket.next(0ms).empty()) {
    }
    CHECK(socket.next(20ms).empty());
    const alive_meanwhile ended{x, 1ms, 0ms};
    CHECK(socket.next(20ms).empty());
    const auto unwatched = manager_of({{"NOTIFY_SOCKET", name}});
    const alive_meanwhile silent{unwatched, 1ms};
    CHECK(socket.next(20ms).empty());
  }

  TEST_CASE("the interval of the watchdog is for this process only") {
    const variables socket{{"NOTIFY_SOCKET", "@none"}};
    auto with = [&](const std::string& micros, const std::string& pid) {
      auto xs = socket;
      xs["WATCHDOG_USEC"] = micros;
      if (!pid.empty())
        xs["WATCHDOG_PID"] = pid;
      return manager_of(xs).watchdog();
    };
    CHECK(with("60000000", "") == 60s);
    CHECK(with("60000000", std::to_string(::getpid())) == 60s);
    CHECK(!with("60000000", "1"));
    for (const char* wrong : {"", "0", "-1", "60s", "99999999999999999999"})
      CHECK(!with(wrong, ""));
    CHECK(!manager_of(socket).watchdog());
  }
}
