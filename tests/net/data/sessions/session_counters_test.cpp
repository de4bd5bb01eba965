// The port's counters of sessions, for operators.

#include "net/data/sessions/frames.hpp"
#include "tests/net/data/sessions/session_fixture.hpp"

#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/session_counters") {
  namespace {

  struct started : session_fixture {
    started() {
      options.sessions.origins = {"https://shop.example"};
      options.sessions.message_bytes = 1'000;
      options.sessions.max_sessions = 5;
      start();
    }

    uint64_t closed(uint16_t code) const {
      return stats->sessions_closed.at(session_close_slot(code));
    }

    uint64_t all_closed() const {
      uint64_t out = 0;
      for (const auto& x : stats->sessions_closed)
        out += x;
      return out;
    }

    /// Opens a session that has begun.
    socket_client begun() {
      auto before = count();
      auto out = open();
      REQUIRE(eventually([&] { return count() > before; }));
      return out;
    }

    size_t count() {
      std::lock_guard lock{mutex};
      return sessions.size();
    }

    /// Each end is counted once, under this code, and not as a rejection.
    void check_closed(uint16_t code, uint64_t times = 1) {
      CAPTURE(code);
      CHECK(eventually([&] { return closed(code) == times; }));
      CHECK(eventually([&] { return stats->connections == 0; }));
      CHECK(all_closed() == times);
      CHECK(stats->sessions_refused == 0);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(started, "a session that the node ends is counted by its code") {
    auto client = begun();
    last().link.lock()->close(session_close::too_slow, 5);
    auto end = client.read();
    CHECK(end.code() == 4008);
    client.send(op_close, end.payload);
    check_closed(4008);
  }

  TEST_CASE_FIXTURE(started, "a fault of the client is counted by the code that it is told") {
    struct row {
      std::string bytes;
      uint16_t code;
    };
    const std::vector<row> rows{{frame_text(op_text, std::string(1'001, 'x')), 1009},
                                {frame_text(op_text, "x", {.masked = false}), 1002},
                                {frame_text(op_text, "\xff"), 1007},
                                {frame_text(op_binary, "x"), 1003},
                                {frame_text(op_close, "x"), 1002}};
    for (const auto& x : rows) {
      CAPTURE(x.code);
      auto before = closed(x.code);
      auto client = begun();
      client.raw.send(x.bytes);
      CHECK(client.read().code() == x.code);
      CHECK(eventually([&] { return closed(x.code) == before + 1; }));
    }
    CHECK(all_closed() == rows.size());
    CHECK(stats->sessions_refused == 0);
  }

  TEST_CASE_FIXTURE(started, "a client that goes away is counted without a code") {
    auto polite = begun();
    polite.send(op_close, close_payload(1000, "bye"));
    CHECK(polite.read().opcode == op_close);
    auto rude = begun();
    rude.raw.abort();
    auto silent = begun();
    silent.raw.close();
    check_closed(0, 3);
  }

  TEST_CASE_FIXTURE(started, "what no session came of is a refusal") {
    auto refused = [&](uint64_t wanted) {
      return eventually([&] { return stats->sessions_refused == wanted; });
    };
    CHECK(ask("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 426);
    CHECK(refused(1));
    CHECK(ask(handshake("/ws?user=u-1", "Origin: https://evil.example\r\n")).status == 403);
    CHECK(refused(2));
    CHECK(ask("GET /api/events/stream?since=x HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 400);
    CHECK(refused(3));
    // Told by a close after the handshake, as pages need it.
    auto client = open("/ws?user=u-1&since=x");
    CHECK(client.read().opcode == op_text);
    CHECK(client.read().code() == 4009);
    CHECK(refused(4));
    std::vector<socket_client> all;
    all.reserve(5);
    for (int i = 0; i < 4; ++i)
      all.push_back(begun());
    client.raw.close();
    CHECK(eventually([&] { return stats->connections == 4; }));
    all.push_back(begun());
    CHECK(ask(handshake("/ws?user=u-1")).status == 503);
    CHECK(refused(5));
    // Requests of other paths do not count.
    CHECK(ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200);
    CHECK(ask("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 404);
    CHECK(ask(post("{")).status == 400);
    CHECK(stats->sessions_refused == 5);
    CHECK(all_closed() == 0);
  }

  TEST_CASE_FIXTURE(started, "text frames are counted, and bytes of all that is sent") {
    auto client = begun();
    auto link = last().link.lock();
    for (int i = 0; i < 3; ++i) {
      client.send(op_text, "hello");
      CHECK(client.read().payload == "hello");
    }
    client.send(op_ping, "x");
    CHECK(client.read().opcode == op_pong);
    std::vector<live_event_ptr> events;
    for (position seq = 1; seq <= 4; ++seq) {
      auto x = std::make_shared<event>();
      x->seq = seq;
      x->type = "test.thing";
      events.push_back(std::make_shared<const live_event>(x));
    }
    auto segment = std::make_shared<const live_segment>(events, 4);
    CHECK(link->send(segment, 0, 4));
    CHECK(link->send(segment, 1, 3));
    for (int i = 0; i < 6; ++i)
      CHECK(client.read().opcode == op_text);
    CHECK(eventually([&] { return stats->session_frames == 3 + 6; }));
    // Three echoes of 7 bytes, a pong of 3, and the events.
    auto frames = sessions::frames_of(*segment, session_wire::websocket)->size();
    CHECK(eventually([&] { return stats->session_bytes_out > 3 * 7 + 3 + frames; }));
  }
}
