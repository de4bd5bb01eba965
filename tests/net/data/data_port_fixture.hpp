#pragma once

#include "net/data/port/data_port.hpp"

#include "tests/net/data/fake_router.hpp"
#include "tests/net/raw_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace carillon::test {

using namespace std::chrono_literals;

/// Waits until `done()` holds; false after the deadline.
template <class Condition>
bool eventually(Condition&& done, std::chrono::milliseconds limit = 10s) {
  auto until = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > until)
      return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// A data port on a free port of loopback with a fake router behind it.
struct port_fixture {
  type_registry types;
  key_ring keys;
  telemetry_ptr stats = std::make_shared<telemetry>();
  fake_router router;
  data_port_options options = defaults();
  std::unique_ptr<data_port> port;

  static data_port_options defaults() {
    data_port_options out;
    out.port = 0;
    out.accept_unknown_types = true;
    return out;
  }

  port_fixture() {
    keys.admit_everyone();
  }

  virtual ~port_fixture() = default;

  virtual data_port_backend backend() {
    data_port_backend out;
    out.publish = [this](publish_call_ptr x) { router.publish(std::move(x)); };
    out.types = &types;
    out.keys = &keys;
    out.stats = stats;
    return out;
  }

  /// Starts with `options`.
  data_port& start() {
    auto started = data_port::start(options, backend());
    REQUIRE(started.has_value());
    port = std::move(*started);
    return *port;
  }

  raw_client connect() const {
    raw_client out{port->port()};
    REQUIRE(out.connected());
    return out;
  }

  /// Sends on a connection of its own and reads one answer.
  answer ask(std::string_view request) const {
    auto client = connect();
    client.send(request);
    return client.read();
  }

  /// True if the port answers and no connection is left.
  bool healthy() const {
    if (ask("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status != 200)
      return false;
    return eventually([this] { return stats->connections == 0; });
  }
};

/// A POST to the events with this body and further header lines.
inline std::string post(std::string_view body, std::string_view fields = {},
                        std::string_view type = "application/json") {
  std::string out = "POST /api/events HTTP/1.1\r\nHost: localhost\r\n";
  if (!type.empty())
    out.append("Content-Type: ").append(type).append("\r\n");
  out.append(fields).append("Content-Length: ").append(std::to_string(body.size()));
  return out.append("\r\n\r\n").append(body);
}

/// A valid event with this id.
inline std::string event_json(std::string_view id = "e-1") {
  return R"({"type":"test.thing","id":")" + std::string{id} + R"(","data":{"n":1}})";
}

inline const std::string health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

} // namespace carillon::test
