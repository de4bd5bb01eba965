#include "tests/net/data/data_port_fixture.hpp"

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port stop") {
  namespace {

  std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now()
                                                                 - start);
  }

  struct stop_fixture : port_fixture {
    stop_fixture() {
      router.set_mode(fake_router::mode::hold);
      start();
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(stop_fixture, "after stop_accepting requests in progress end with close") {
    auto waiting = connect();
    waiting.send(post(event_json()));
    REQUIRE(eventually([&] { return router.held() == 1; }));
    auto idle = connect();
    idle.send(health);
    CHECK(idle.read().field("connection").empty());
    auto number = port->port();
    port->stop_accepting();
    port->stop_accepting();
    CHECK(!raw_client{number}.connected());
    // Posted to each loop before, so seen before what comes now.
    idle.send(health);
    CHECK(idle.read().field("connection") == "close");
    CHECK(idle.closed());
    router.release();
    auto got = waiting.read();
    CHECK(got.status == 201);
    CHECK(got.field("connection") == "close");
    CHECK(waiting.closed());
  }

  TEST_CASE_FIXTURE(stop_fixture, "stop waits for the answers and no longer") {
    auto waiting = connect();
    waiting.send(post(event_json()));
    auto idle = connect();
    idle.send("POST /api/ev");
    REQUIRE(eventually([&] { return router.held() == 1; }));
    auto begin = std::chrono::steady_clock::now();
    std::thread stopper{[&] { port->stop(20s); }};
    CHECK(idle.closed());
    router.release();
    CHECK(waiting.read().status == 201);
    waiting.close();
    stopper.join();
    CHECK(since(begin) < 5s);
    CHECK(stats->connections == 0);
  }

  TEST_CASE_FIXTURE(stop_fixture, "stop ends after the grace if no answer comes") {
    auto waiting = connect();
    waiting.send(post(event_json()));
    REQUIRE(eventually([&] { return router.held() == 1; }));
    auto begin = std::chrono::steady_clock::now();
    port->stop(200ms);
    CHECK(since(begin) >= 200ms);
    CHECK(since(begin) < 5s);
    CHECK(waiting.closed());
    CHECK(stats->connections == 0);
    port->stop(20s);
    // An answer that comes now has nowhere to go.
    router.release();
  }

  TEST_CASE_FIXTURE(stop_fixture, "a call may end after the port is gone") {
    auto waiting = connect();
    waiting.send(post(event_json("a")));
    REQUIRE(eventually([&] { return router.held() == 1; }));
    port.reset();
    CHECK(waiting.closed());
    router.release();
  }

  TEST_CASE_FIXTURE(port_fixture, "ports come and go under traffic") {
    router.set_mode(fake_router::mode::elsewhere);
    for (int round = 0; round < 20; ++round) {
      start();
      std::vector<raw_client> clients;
      for (int i = 0; i < 8; ++i) {
        clients.push_back(connect());
        clients.back().send(post(event_json()) + post(event_json()));
      }
      CHECK(clients.front().read().status == 201);
      port.reset();
      CHECK(stats->connections == 0);
    }
  }
}
