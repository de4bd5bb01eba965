// Hostile clients: their cost is bounded, and nothing of them remains.

#include "tests/e2e/node_process.hpp"
#include "tests/e2e/process_figures.hpp"
#include "tests/net/data/sessions/socket_client.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/session_abuse") {
  namespace {

  /// Connections to its store that a node may open later than it says to be ready.
  constexpr size_t own_connections = 4;

  rapidjson::Document stats(const node_process& node) {
    return parse(node.admin()->Get("/api/events/websocket/stats"));
  }

  /// An ordinary client, to see that others are served meanwhile.
  void check_served(const node_process& node) {
    socket_client x{node.data_port(), "/ws?user=u-9"};
    REQUIRE(x.greeting.status == 101);
    CHECK(x.read().opcode == op_text); // hello
    REQUIRE(x.send(op_text, R"({"op":"ping"})"));
    CHECK(x.read().payload.find(R"("op":"position")") != std::string::npos);
  }

  /// Connects and goes, in one of the rude ways.
  void come_and_go(uint16_t port, size_t way) {
    raw_client raw{port};
    auto text = handshake("/ws?user=u-1");
    switch (way % 4) {
    case 0:
      break;
    case 1:
      raw.send(text.substr(0, text.size() / 2));
      break;
    case 2:
      raw.send(text);
      break;
    default:
      raw.send(text + frame_text(op_text, "never ending", {.fin = false}));
    }
    // Not by a close: the ports of this machine would run out.
    raw.abort();
  }

  } // namespace

  TEST_CASE("a hundred thousand connects and immediate closes leave nothing behind") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto pid = node.child().pid();
    auto nothing_left = [&](size_t sockets) {
      return eventually([&] {
        return stats(node)["connections"].GetUint64() == 0 && open_sockets(pid) <= sockets;
      });
    };
    auto sockets = open_sockets(pid) + own_connections;
    constexpr size_t warm_up = 10'000;
    constexpr size_t storm = 100'000;
    constexpr size_t max_growth_kib = 8'192;
    for (size_t i = 0; i < warm_up; ++i)
      come_and_go(node.data_port(), i);
    REQUIRE(nothing_left(sockets));
    auto resident = resident_kib(pid);
    for (size_t i = 0; i < storm; ++i)
      come_and_go(node.data_port(), i);
    CHECK(nothing_left(sockets));
    auto grown = resident_kib(pid);
    MESSAGE("resident before ", resident, " KiB, after ", grown, " KiB, opened ",
            stats(node)["opened"].GetUint64());
    CHECK(grown <= resident + max_growth_kib);
    CHECK(stats(node)["opened"].GetUint64() > 0);
    CHECK(stats(node)["opened"].GetUint64() <= (warm_up + storm) / 2);
    check_served(node);
  }

  TEST_CASE("handshakes that never end are closed at their deadline") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", {"--receive-deadline", "1s", "--idle-timeout", "1s"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto sockets = open_sockets(node.child().pid()) + own_connections;
    std::vector<raw_client> clients;
    constexpr size_t count = 500;
    auto text = handshake("/ws?user=u-1");
    for (size_t i = 0; i < count; ++i) {
      clients.emplace_back(node.data_port());
      REQUIRE(clients.back().connected());
      clients.back().send(std::string_view{text}.substr(0, i % text.size()));
    }
    check_served(node);
    size_t closed = 0;
    for (auto& x : clients) {
      auto answer = x.read();
      CHECK((answer.status == 0 || answer.status == 408));
      closed += x.closed() ? 1 : 0;
    }
    CHECK(closed == count);
    CHECK(eventually([&] { return open_sockets(node.child().pid()) <= sockets; }));
    CHECK(stats(node)["connections"].GetUint64() == 0);
  }

  TEST_CASE("a flood of pings that takes no pongs is read no further, and costs a bounded memory") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto pid = node.child().pid();
    check_served(node);
    auto resident = resident_kib(pid);
    constexpr size_t floods = 20;
    constexpr size_t most_bytes = size_t{64} * 1'024 * 1'024;
    constexpr size_t max_growth_kib = size_t{32} * 1'024;
    std::string pings;
    for (size_t i = 0; i < 500; ++i)
      pings += frame_text(op_ping, std::string(100, 'p'));
    std::vector<socket_client> clients;
    for (size_t i = 0; i < floods; ++i) {
      clients.emplace_back(node.data_port(), "/ws?user=u-1", "", 4'096);
      REQUIRE(clients.back().greeting.status == 101);
      size_t sent = 0;
      // Until the node has read nothing for a while.
      CHECK(!eventually(
        [&] {
          ssize_t taken = 0;
          do {
            taken = clients.back().raw.try_send(pings);
            sent += taken > 0 ? static_cast<size_t>(taken) : 0;
          } while (taken > 0 && sent < most_bytes);
          return sent >= most_bytes;
        },
        200ms));
    }
    check_served(node);
    auto grown = resident_kib(pid);
    MESSAGE("resident before ", resident, " KiB, after ", grown, " KiB");
    CHECK(grown <= resident + max_growth_kib);
  }

  TEST_CASE("a flood of messages ends with 4009") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    for (const auto* text : {R"({"op":"subscribe","types":["order.*"]})", R"({"op":"ping"})",
                             R"({"op":"subscribe","types":["a b"]})"}) {
      CAPTURE(text);
      socket_client x{node.data_port(), "/ws?user=u-1"};
      std::string flood;
      constexpr size_t count = 5'000;
      for (size_t i = 0; i < count; ++i)
        flood += frame_text(op_text, text);
      x.raw.send(flood);
      size_t answers = 0;
      auto last = x.read();
      for (; last.came && last.opcode != op_close; last = x.read())
        ++answers;
      CHECK(last.code() == 4009);
      CHECK(answers < 100);
    }
    check_served(node);
    CHECK(eventually([&] { return stats(node)["connections"].GetUint64() == 0; }));
  }

  TEST_CASE("what announces too much is closed with 1009 before it comes") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    check_served(node);
    auto resident = resident_kib(node.child().pid());
    std::vector<socket_client> clients;
    constexpr size_t count = 200;
    constexpr uint64_t announced = uint64_t{1} << 40U;
    const std::string half(32'000, 'x');
    for (size_t i = 0; i < count; ++i) {
      clients.emplace_back(node.data_port(), "/ws?user=u-" + std::to_string(i));
      REQUIRE(clients.back().read().opcode == op_text);
      if (i % 2 == 0) {
        clients.back().send(op_text, half, {.announced = announced});
      } else {
        // The same in fragments.
        clients.back().send(op_text, half, {.fin = false});
        clients.back().send(op_continuation, half, {.fin = false});
        clients.back().send(op_continuation, half, {.fin = false});
      }
    }
    for (auto& x : clients) {
      auto last = x.read();
      CHECK(last.opcode == op_close);
      CHECK(last.code() == 1009);
    }
    clients.clear();
    CHECK(eventually([&] { return stats(node)["connections"].GetUint64() == 0; }));
    CHECK(resident_kib(node.child().pid()) <= resident + 32'768);
  }

  TEST_CASE("clients that never read cost their budget each, not several times that") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", {"--accept-unknown-types"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    constexpr size_t clients_wanted = 40;
    constexpr size_t batches = 10;
    constexpr size_t events = 200;
    constexpr size_t budget_kib = 1'024;
    constexpr size_t slack_kib = size_t{24} * 1'024;
    std::string batch = "[";
    for (size_t i = 0; i < events; ++i)
      batch += (i > 0 ? "," : "") + std::string{R"({"type":"a.b","audience":"all","data":{"x":")"}
               + std::string(2'000, 'x') + R"("}})";
    batch += "]";
    for (size_t i = 0; i < batches; ++i) {
      auto answer = node.data()->Post("/api/events", batch, "application/json");
      REQUIRE(answer);
      REQUIRE(answer->status == 200);
    }
    check_served(node);
    auto pid = node.child().pid();
    auto resident = resident_kib(pid);
    std::vector<socket_client> clients;
    for (size_t i = 0; i < clients_wanted; ++i) {
      // Every other one selects types, so that it is sent events one by one.
      clients.emplace_back(node.data_port(),
                           "/ws?slow=catchup&since=0&user=u-" + std::to_string(i)
                             + (i % 2 == 0 ? "" : "&types=a.*"),
                           "", 4'096);
      REQUIRE(clients.back().greeting.status == 101);
    }
    // Each has its full budget, and waits.
    CHECK(eventually([&] { return stats(node)["catchUps"].GetUint64() >= clients_wanted; }));
    check_served(node);
    auto after = resident_kib(pid);
    auto grown = after - std::min(after, resident);
    MESSAGE(clients_wanted, " clients that don't read cost ", grown / clients_wanted, " KiB each");
    CHECK(grown <= clients_wanted * budget_kib * 5 / 4 + slack_kib);
  }
}
