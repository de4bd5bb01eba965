#include "tests/net/data/data_port_fixture.hpp"

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port deadlines") {
  TEST_CASE_FIXTURE(port_fixture, "a request that trickles in is cut off") {
    options.receive_deadline = 200ms;
    start();
    auto slow_header = connect();
    slow_header.send("POST /api/events HTTP/1.1\r\nHost: localhost\r\nX-A: ");
    auto slow_body = connect();
    auto whole = post(event_json());
    slow_body.send(whole.substr(0, whole.size() - 1));
    auto slow_chunk = connect();
    slow_chunk.send(
      "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n5\r\n{");
    // Single bytes do not push the deadline back.
    std::thread trickle{[&] {
      while (slow_header.send("a"))
        std::this_thread::sleep_for(20ms);
    }};
    for (auto* x : {&slow_body, &slow_chunk}) {
      auto got = x->read();
      CHECK(got.status == 408);
      CHECK(got.field("connection") == "close");
      CHECK(x->closed());
    }
    CHECK(slow_header.read().status == 408);
    trickle.join();
    CHECK(router.calls().empty());
  }

  TEST_CASE_FIXTURE(port_fixture, "an idle connection is closed, one that waits is not") {
    options.idle = 200ms;
    router.set_mode(fake_router::mode::hold);
    start();
    auto silent = connect();
    auto blank = connect();
    blank.send("\r\n\r\n");
    auto waiting = connect();
    waiting.send(post(event_json()));
    REQUIRE(eventually([&] { return router.held() == 1; }));
    CHECK(silent.closed());
    CHECK(blank.closed());
    auto until = std::chrono::steady_clock::now() + 400ms;
    CHECK(eventually([&] { return std::chrono::steady_clock::now() > until; }));
    router.release();
    CHECK(waiting.read().status == 201);
    CHECK(waiting.closed());
  }

  TEST_CASE_FIXTURE(port_fixture,
                    "a call without an answer ends as 504, later answers count for nothing") {
    options.request_deadline = 200ms;
    options.threads = 1;
    router.set_mode(fake_router::mode::hold);
    start();
    auto client = connect();
    client.send(post(event_json("a")) + post(event_json("b")));
    for (int i = 0; i < 2; ++i) {
      auto got = client.read();
      CHECK(got.status == 504);
      CHECK(got.has(R"("code":"timeout")"));
      CHECK(got.field("connection").empty());
    }
    while (router.held() > 0)
      router.release();
    client.send(health);
    CHECK(client.read().status == 200);
    CHECK(!client.has_input());
  }

  TEST_CASE_FIXTURE(port_fixture, "a client that takes no answers is bounded and cut off") {
    options.threads = 1;
    options.write_deadline = 500ms;
    start();
    raw_client greedy{port->port(), 4'096};
    REQUIRE(eventually([&] { return stats->connections == 1; }));
    std::string burst;
    for (int i = 0; i < 200; ++i)
      burst += health;
    size_t sent = 0;
    auto gone = eventually([&] {
      auto count = greedy.try_send(burst);
      sent += count > 0 ? static_cast<size_t>(count) : 0;
      return count < 0 || stats->connections == 0;
    });
    CHECK(gone);
    CHECK(eventually([&] { return stats->connections == 0; }));
    // What it may buffer: outbox and one read, plus what the kernel holds.
    CHECK(stats->bytes_in < 20'000'000);
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(port_fixture, "a client that does not close after the last answer is closed") {
    start();
    auto client = connect();
    client.send("nonsense\r\n\r\n");
    CHECK(client.read().status == 400);
    CHECK(client.closed());
    // Our side stays open: the port ends lingering by itself.
    CHECK(eventually([&] { return stats->connections == 0; }));
  }
}
