#include "tests/net/data/data_port_fixture.hpp"

#include <algorithm>
#include <string>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port turns") {
  namespace {

  /// Events whose check takes about as many steps as one may.
  std::string costly_array(size_t count, size_t size = 4'000) {
    std::string numbers = "[1";
    for (size_t i = 1; i < size; ++i)
      numbers += ",1";
    std::string out;
    for (size_t i = 0; i < count; ++i)
      out += (i == 0 ? "[" : ",") + std::string{R"({"type":"costly.thing","id":")"}
             + std::to_string(i) + R"(","data":{"x":)" + numbers + "]}}";
    return out + "]";
  }

  struct costly_fixture : port_fixture {
    costly_fixture() {
      options.threads = 1;
      std::string branches;
      for (int i = 50; i > 1; --i)
        branches += R"({"minimum":)" + std::to_string(i) + "},";
      auto added = types.add_schema("costly.thing", audience::none,
                                    R"({"properties":{"x":{"items":{"anyOf":[)" + branches
                                      + R"({"type":"integer"}]}}}})");
      REQUIRE(added.has_value());
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(costly_fixture, "others are answered while a costly batch is checked") {
    using clock = std::chrono::steady_clock;
    start();
    auto probe = connect();
    auto publisher = connect();
    constexpr size_t count = 15;
    const auto request = post(costly_array(count));
    const auto begin = clock::now();
    std::jthread sender{[&] { publisher.send(request); }};
    // One loop serves both.
    clock::duration longest{};
    while (router.drafts().empty() && clock::now() - begin < 60s) {
      const auto asked = clock::now();
      REQUIRE(probe.send(health));
      REQUIRE(probe.read().status == 200);
      longest = std::max(longest, clock::now() - asked);
    }
    const auto took = clock::now() - begin;
    CHECK(longest < took / 3);
    CHECK(publisher.read().status == 200);
    REQUIRE(router.drafts().size() == count);
    CHECK(router.drafts()[7]->id == "7");
    CHECK(router.drafts()[count - 1]->id == std::to_string(count - 1));
  }

  TEST_CASE_FIXTURE(costly_fixture, "requests behind a batch wait for it") {
    start();
    auto client = connect();
    auto burst = post(costly_array(4)) + post(event_json("after")) + post("[1,") + health;
    std::jthread sender{[&] { client.send(burst); }};
    CHECK(client.read().has(R"({"seq":4,"id":"3")"));
    CHECK(client.read().has(R"("id":"after")"));
    CHECK(client.read().has(R"("code":"malformed_json")"));
    CHECK(client.read().status == 200);
    REQUIRE(router.drafts().size() == 5);
    CHECK(router.drafts().back()->id == "after");
  }

  TEST_CASE_FIXTURE(costly_fixture, "whoever leaves in between leaves nothing behind") {
    start();
    for (int i = 0; i < 3; ++i) {
      auto client = connect();
      client.send(post(costly_array(3)));
    }
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(costly_fixture, "an event that costs too much is refused alone") {
    start();
    auto text = costly_array(1, 9'000);
    auto got = ask(post(text.substr(0, text.size() - 1) + "," + event_json("fine") + "]"));
    CHECK(got.status == 200);
    CHECK(got.has(R"("code":"too_large")"));
    CHECK(got.has(R"("id":"fine")"));
    CHECK(router.drafts().size() == 1);
  }

  TEST_CASE_FIXTURE(costly_fixture, "a stop waits for a batch that has begun") {
    start();
    auto client = connect();
    std::jthread sender{[&] { client.send(post(costly_array(5))); }};
    REQUIRE(eventually([&] { return stats->http_requests > 0; }));
    std::jthread stopper{[&] { port->stop(20s); }};
    auto got = client.read();
    CHECK(got.status == 200);
    CHECK(got.has(R"("id":"4")"));
    CHECK(client.closed());
  }

  TEST_CASE_FIXTURE(costly_fixture, "a batch behind the last answer of a drain is dropped") {
    router.set_mode(fake_router::mode::hold);
    start();
    auto client = connect();
    const auto burst = post(event_json("last")) + post(costly_array(15));
    std::jthread sender{[&] { client.send(burst); }};
    REQUIRE(eventually([&] { return router.held() == 1; }));
    sender.join();
    port->stop_accepting();
    // Posted to the loop before, so seen before this answer.
    router.release();
    auto got = client.read();
    CHECK(got.status == 201);
    if (got.field("connection") == "close") {
      // What arrives while the connection lingers does not touch the batch, which the worker reads.
      client.send(std::string(64UL * 1024, 'x'));
      CHECK(client.closed());
      CHECK(router.drafts().size() == 1);
    } else {
      // The batch was done before the drain.
      REQUIRE(eventually([&] { return router.held() == 1; }));
      router.release();
      CHECK(client.read().status == 200);
    }
    client.close();
    CHECK(eventually([&] { return stats->connections == 0; }));
  }
}
