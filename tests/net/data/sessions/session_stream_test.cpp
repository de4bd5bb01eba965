// Begin and rejection of Server-Sent Events streams, and the cost of unsent events.

#include "tests/net/data/sessions/session_fixture.hpp"
#include "tests/net/data/sessions/stream_client.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/session_stream") {
  namespace {

  struct started : session_fixture {
    started() {
      options.sessions.origins = {"https://shop.example"};
      options.sessions.budget_bytes = 64UL * 1024;
      start();
    }

    size_t count() {
      std::lock_guard lock{mutex};
      return sessions.size();
    }

    /// Asks for a stream; its link, when the session is there. The answer is still to be read.
    session_link_ptr ask_for_stream(raw_client& raw, std::string_view fields = {}) {
      auto before = count();
      raw.send("GET /api/events/stream?user=u-1 HTTP/1.1\r\nHost: localhost\r\n"
               + std::string{fields} + "\r\n");
      REQUIRE(eventually([&] { return count() > before; }));
      return last().link.lock();
    }

    /// The same of a WebSocket that doesn't read.
    session_link_ptr stalled(socket_client& client) {
      REQUIRE(client.greeting.status == 101);
      REQUIRE(eventually([&] { return count() > 0; }));
      return last().link.lock();
    }
  };

  live_segment_ptr segment_of(size_t events) {
    std::vector<live_event_ptr> out;
    for (size_t i = 0; i < events; ++i) {
      auto x = std::make_shared<event>();
      x->seq = i + 1;
      x->type = "test.thing";
      x->data = R"({"text":")" + std::string(2'000, 'x') + R"("})";
      out.push_back(std::make_shared<const live_event>(x));
    }
    return std::make_shared<const live_segment>(std::move(out), events);
  }

  } // namespace

  TEST_CASE_FIXTURE(started, "no proxy keeps a stream back, and a client knows when to come back") {
    raw_client raw{port->port()};
    auto link = ask_for_stream(raw, "Origin: https://shop.example\r\n");
    link->say("hello", "{}");
    raw.head_only = true;
    auto answer = raw.read();
    CHECK(answer.status == 200);
    CHECK(answer.field("content-type") == "text/event-stream");
    CHECK(answer.field("x-content-type-options") == "nosniff");
    CHECK(answer.field("cache-control") == "no-store");
    CHECK(answer.field("x-accel-buffering") == "no");
    CHECK(answer.field("access-control-allow-origin") == "https://shop.example");
    const std::string retry = "retry: ";
    REQUIRE(raw.take(retry.size()) == retry);
    std::string ms;
    for (auto c = raw.take(1); c != "\n" && !c.empty(); c = raw.take(1))
      ms += c;
    CHECK(std::stoul(ms) >= 1'000);
    CHECK(std::stoul(ms) <= 5'000);
    const std::string hello = "event: hello\ndata: {}\n\n";
    CHECK(raw.take(hello.size()) == hello);
  }

  TEST_CASE_FIXTURE(started, "a final refusal is a status, never the end of a stream") {
    struct row {
      ec code;
      session_close close;
      int status;
    };
    for (const auto& x : {row{ec::invalid_argument, session_close::protocol_error, 400},
                          row{ec::unauthenticated, session_close::unauthenticated, 401},
                          row{ec::quota_exceeded, session_close::overloaded, 429}}) {
      CAPTURE(x.status);
      raw_client raw{port->port()};
      auto link = ask_for_stream(raw, "Origin: https://shop.example\r\n");
      link->refuse({x.code, "the reason", "since"}, x.close, 1);
      auto answer = raw.read();
      CHECK(answer.status == x.status);
      CHECK(answer.field("content-type") == "application/problem+json");
      CHECK(answer.field("access-control-allow-origin") == "https://shop.example");
      CHECK(answer.has("the reason"));
      CHECK(answer.field("retry-after").empty() == (x.status != 429));
      CHECK(raw.closed());
    }
    CHECK(eventually([&] { return stats->connections == 0; }));
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(started, "a stream that ends before it begins is refused, too") {
    for (auto [why, status] :
         {std::pair{session_close::shutting_down, 503}, std::pair{session_close::overloaded, 503},
          std::pair{session_close::unauthenticated, 401}, std::pair{session_close::forbidden, 403},
          std::pair{session_close::internal, 500}}) {
      CAPTURE(status);
      raw_client raw{port->port()};
      ask_for_stream(raw)->close(why, 0);
      auto answer = raw.read();
      CHECK(answer.status == status);
      CHECK(answer.field("access-control-allow-origin").empty());
      CHECK(raw.closed());
    }
  }

  TEST_CASE_FIXTURE(started, "what comes when the stream has begun is told in it") {
    raw_client raw{port->port()};
    auto link = ask_for_stream(raw);
    link->say("hello", "{}");
    link->refuse({ec::overloaded, "the reason", {}}, session_close::overloaded, 7);
    raw.head_only = true;
    CHECK(raw.read().status == 200);
    std::string rest;
    for (auto c = raw.take(1); !c.empty(); c = raw.take(1))
      rest += c;
    CHECK(rest.find("event: error\ndata: {\"op\":\"error\",\"code\":\"overloaded\"")
          != std::string::npos);
    CHECK(rest.ends_with("event: end\ndata: {\"code\":1013,\"position\":7}\n\n"));
  }

  TEST_CASE_FIXTURE(started, "a WebSocket is told the refusal, and closed") {
    auto client = open();
    REQUIRE(eventually([&] { return count() == 1; }));
    last().link.lock()->refuse({ec::quota_exceeded, "the reason", {}}, session_close::overloaded,
                               0);
    CHECK(client.read().payload
          == R"({"op":"error","code":"quota_exceeded","message":"the reason"})");
    auto end = client.read();
    CHECK(end.code() == 1013);
    CHECK(end.payload.size() == 2);
  }

  TEST_CASE_FIXTURE(started, "unsent events hold their text, which is counted, and nothing else") {
    socket_client client{port->port(), "/ws?user=u-1", {}, 4'096};
    auto link = stalled(client);
    std::vector<std::weak_ptr<const live_segment>> segments;
    std::vector<std::weak_ptr<const live_event>> events;
    bool taken = true;
    // Until the kernel and the budget are full.
    for (size_t i = 0; taken && i < 10'000; ++i) {
      auto x = segment_of(5);
      segments.push_back(x);
      for (const auto& y : x->events())
        events.push_back(y);
      // The whole, or with some types only.
      taken = i % 2 == 0 ? link->send(x, 0, 5) : link->send(x, 1, 2) && link->send(x, 3, 5);
    }
    CHECK(!taken);
    CHECK(std::all_of(segments.begin(), segments.end(), [](const auto& x) { return x.expired(); }));
    CHECK(std::all_of(events.begin(), events.end(), [](const auto& x) { return x.expired(); }));
    // It is all there; the kernel may take more at any time, and then it is writable.
    do
      REQUIRE(client.read().opcode == op_text);
    while (last().peer->writable == 0);
  }

  TEST_CASE_FIXTURE(started, "a frame that is half sent when a slow client is closed is whole") {
    socket_client client{port->port(), "/ws?user=u-1", {}, 4'096};
    auto link = stalled(client);
    auto x = segment_of(20);
    size_t sent = 0;
    auto peer = last().peer;
    // Until the kernel's buffer is full, too: rejected events are not requested again.
    for (int writable = 0; eventually([&] { return peer->writable >= writable; }, 200ms);
         ++writable) {
      REQUIRE(sent < 100'000);
      while (link->send(x, sent % 20, sent % 20 + 1))
        ++sent;
    }
    link->close(session_close::too_slow, sent);
    x.reset();
    size_t frames = 0;
    auto got = client.read();
    for (; got.opcode == op_text; got = client.read()) {
      ++frames;
      CHECK(got.payload.ends_with(R"("}}})"));
    }
    CHECK(got.code() == 4008);
    CHECK(frames > 0);
    CHECK(frames < sent);
  }
}
