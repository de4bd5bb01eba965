// Which connections are accepted and which are closed under load.

#include "net/data/sockets/address_counts.hpp"
#include "tests/net/data/data_port_fixture.hpp"

#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port room") {
  namespace {

  /// A client with a request that the router keeps.
  raw_client busy_client(port_fixture& f, size_t held) {
    auto out = f.connect();
    out.send(post(event_json("b-" + std::to_string(held))));
    REQUIRE(eventually([&] { return f.router.held() == held; }));
    return out;
  }

  } // namespace

  TEST_CASE_FIXTURE(port_fixture, "the connection that is idle for longest makes room") {
    options.max_connections = 4;
    start();
    std::vector<raw_client> idle;
    for (int i = 0; i < 4; ++i) {
      idle.push_back(connect());
      idle.back().send(health);
      REQUIRE(idle.back().read().status == 200);
    }
    // The first is used again, and so the second is the oldest.
    idle[0].send(health);
    REQUIRE(idle[0].read().status == 200);
    for (int round = 0; round < 2; ++round) {
      auto more = connect();
      more.send(health);
      CHECK(more.read().status == 200);
      CHECK(idle[static_cast<size_t>(round) + 1].closed());
      CHECK(stats->connections_evicted == static_cast<uint64_t>(round) + 1);
      more.close();
      REQUIRE(eventually([&] { return stats->connections == 3; }));
      idle.push_back(connect());
      idle.back().send(health);
      REQUIRE(idle.back().read().status == 200);
    }
    idle[0].send(health);
    CHECK(idle[0].read().status == 200);
    CHECK(stats->connections_refused == 0);
  }

  TEST_CASE_FIXTURE(port_fixture, "a flood of silent connections keeps nobody out") {
    options.max_connections = 50;
    start();
    std::vector<raw_client> silent;
    for (int i = 0; i < 200; ++i) {
      silent.emplace_back(port->port());
      if (i % 20 == 0)
        CHECK(ask(post(event_json("f-" + std::to_string(i)))).status == 201);
    }
    CHECK(stats->connections_refused == 0);
    CHECK(eventually([&] { return stats->connections_evicted >= 150; }));
    CHECK(stats->connections <= 50);
  }

  TEST_CASE_FIXTURE(port_fixture,
                    "requests that never end make room, too, those that wait do not") {
    options.max_connections = 2;
    router.set_mode(fake_router::mode::hold);
    start();
    auto waiting = busy_client(*this, 1);
    auto slow = connect();
    auto begun = std::chrono::steady_clock::now();
    slow.send("POST /api/events HTTP/1.1\r\nHost: localhost\r\nX-A: ");
    REQUIRE(eventually([&] { return stats->connections == 2 && stats->bytes_in > 0; }));
    // A connection that has just begun may be honest; a loaded machine may be too late to see it.
    if (std::chrono::steady_clock::now() - begun < 1s) {
      raw_client early{port->port()};
      CHECK(early.read().status == 503);
    }
    CHECK(eventually([&] {
      raw_client later{port->port()};
      later.send(health);
      return later.read().status == 200;
    }));
    CHECK(slow.closed());
    router.release();
    CHECK(waiting.read().status == 201);
  }

  TEST_CASE_FIXTURE(port_fixture, "where all are busy one more is turned away, and not for ever") {
    options.max_connections = 4;
    router.set_mode(fake_router::mode::hold);
    start();
    for (int round = 0; round < 5; ++round) {
      std::vector<raw_client> clients;
      for (size_t i = 0; i < 4; ++i)
        clients.push_back(busy_client(*this, i + 1));
      for (int i = 0; i < 3; ++i) {
        raw_client more{port->port()};
        auto got = more.read();
        CHECK(got.status == 503);
        CHECK(got.has(R"("code":"overloaded")"));
        CHECK(!got.field("retry-after").empty());
        CHECK(more.closed());
      }
      for (auto& x : clients) {
        router.release();
        CHECK(x.read().status == 201);
      }
      clients.clear();
      REQUIRE(eventually([&] { return stats->connections == 0; }));
    }
    CHECK(stats->connections_refused == 15);
    CHECK(stats->connections_evicted == 0);
  }

  TEST_CASE_FIXTURE(port_fixture, "an address has so many connections, whatever they are") {
    options.connections_per_address = 3;
    options.sessions.dev_identities = true;
    start();
    std::vector<raw_client> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(connect());
      clients.back().send(health);
      REQUIRE(clients.back().read().status == 200);
    }
    raw_client more{port->port()};
    auto got = more.read();
    CHECK(got.status == 429);
    CHECK(got.has(R"("code":"quota_exceeded")"));
    CHECK(got.field("retry-after") == "1");
    CHECK(more.closed());
    CHECK(stats->connections_refused == 1);
    // Other connections of the machine's own are of other addresses.
    clients.pop_back();
    CHECK(eventually([&] {
      raw_client again{port->port()};
      again.send(health);
      return again.read().status == 200;
    }));
  }

  TEST_CASE("the addresses of a /64 are one, and those of IPv4 are their own") {
    auto from
      = [](const char* text) { return data::source_of(boost::asio::ip::make_address(text)); };
    CHECK(from("2001:db8:1:2:3::4") == from("2001:db8:1:2:ffff::1"));
    CHECK(from("2001:db8:1:2::1") != from("2001:db8:1:3::1"));
    CHECK(from("::ffff:192.0.2.7") == "192.0.2.7");
    CHECK(from("192.0.2.7") != from("192.0.2.8"));
    auto counts = std::make_shared<data::address_counts>(1);
    auto address = boost::asio::ip::make_address("192.0.2.7");
    data::address_counts::seat first;
    data::address_counts::seat second;
    CHECK(counts->take(address, first));
    CHECK(!counts->take(address, second));
    first = {};
    CHECK(counts->take(address, second));
  }
}
