#include "net/data/port/standby_port.hpp"

#include "tests/net/raw_client.hpp"

#include <doctest/doctest.h>

#include <mutex>
#include <string>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/standby_port") {
  namespace {

  struct standby_fixture {
    std::mutex mutex;
    std::string active = "http://10.0.0.1:7070";
    std::unique_ptr<standby_port> port;

    standby_fixture() {
      data_port_options options;
      options.port = 0;
      auto made = standby_port::start(
        options,
        [this] {
          std::lock_guard guard{mutex};
          return active;
        },
        nullptr);
      REQUIRE(made.has_value());
      port = std::move(*made);
    }

    void set_active(const std::string& x) {
      std::lock_guard guard{mutex};
      active = x;
    }

    answer ask(const std::string& head, const std::string& body = {}) const {
      raw_client to{port->port()};
      REQUIRE(to.send(head + " HTTP/1.1\r\nHost: h\r\nContent-Length: "
                      + std::to_string(body.size()) + "\r\n\r\n" + body));
      return to.read();
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(standby_fixture, "it lives, and is not ready") {
    const auto lives = ask("GET /healthz");
    CHECK(lives.status == 200);
    CHECK(lives.body == R"({"status":"ok"})");
    const auto ready = ask("GET /readyz?x=1");
    CHECK(ready.status == 503);
    CHECK(ready.field("retry-after") == "1");
    CHECK(ready.has("standby"));
    // One connection has both.
    raw_client to{port->port()};
    for (int i = 0; i < 3; ++i) {
      REQUIRE(to.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"));
      CHECK(to.read().status == 200);
    }
  }

  TEST_CASE_FIXTURE(standby_fixture, "everything else is refused, and names the active node") {
    for (const auto* head : {"GET /", "GET /api/events", "POST /api/events", "DELETE /api/keys/1",
                             "GET /ws", "GET /healthz/x", "OPTIONS /api/events", "GET /metrics"}) {
      CAPTURE(head);
      const auto refused = ask(head, std::string{head}.starts_with("POST") ? "{}" : "");
      CHECK(refused.status == 503);
      CHECK(refused.has(R"("code":"store_locked")"));
      CHECK(refused.has("the active node is http://10.0.0.1:7070"));
      CHECK(refused.field("carillon-active") == "http://10.0.0.1:7070");
      CHECK(refused.field("retry-after") == "1");
    }
    // A large body is not waited for.
    raw_client to{port->port()};
    REQUIRE(to.send("POST /api/events HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n[{"));
    CHECK(to.read().status == 503);
    CHECK(ask("NO SENSE").status == 400);
  }

  TEST_CASE_FIXTURE(standby_fixture, "an address that is none begins no further field") {
    for (const std::string none : {"", "http://a:1\r\nSet-Cookie: x=1", "http://a 1", "\x01"}) {
      set_active(none);
      const auto refused = ask("GET /api/events");
      CHECK(refused.status == 503);
      CHECK(refused.fields.count("carillon-active") == 0);
      CHECK(refused.fields.count("set-cookie") == 0);
      CHECK(refused.has("does not know the active node"));
    }
  }

  TEST_CASE_FIXTURE(standby_fixture,
                    "its port is free when it has stopped, with clients or without") {
    raw_client idle{port->port()};
    REQUIRE(idle.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"));
    CHECK(idle.read().status == 200);
    data_port_options options;
    options.port = port->port();
    CHECK_FALSE(standby_port::start(options, {}, nullptr).has_value());
    port->stop();
    port->stop();
    CHECK(standby_port::start(options, {}, nullptr).has_value());
  }
}
