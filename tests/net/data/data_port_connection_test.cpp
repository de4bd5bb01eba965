#include "tests/net/data/data_port_fixture.hpp"

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port connections") {
  namespace {

  std::string chunked(std::initializer_list<std::string_view> pieces,
                      std::string_view trailer = {}) {
    std::string out
      = "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    for (auto x : pieces) {
      char size[20];
      std::snprintf(size, sizeof(size), "%zx;ext=\"v\"\r\n", x.size());
      out.append(size).append(x).append("\r\n");
    }
    return out.append("0\r\n").append(trailer).append("\r\n");
  }

  } // namespace

  TEST_CASE_FIXTURE(port_fixture, "HTTP/1.1 goes on until it says otherwise") {
    start();
    auto client = connect();
    for (int i = 0; i < 3; ++i) {
      client.send(health);
      auto got = client.read();
      CHECK(got.status == 200);
      CHECK(got.field("connection").empty());
    }
    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" + health);
    CHECK(client.read().field("connection") == "close");
    CHECK(client.closed());
  }

  TEST_CASE_FIXTURE(port_fixture, "HTTP/1.0 ends unless it says keep-alive") {
    start();
    auto client = connect();
    client.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(client.read().field("connection") == "keep-alive");
    client.send("GET /healthz HTTP/1.0\r\n\r\n");
    CHECK(client.read().field("connection") == "close");
    CHECK(client.closed());
  }

  TEST_CASE_FIXTURE(port_fixture, "HEAD is answered without a body") {
    start();
    auto client = connect();
    client.head_only = true;
    client.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    auto got = client.read();
    CHECK(got.status == 200);
    CHECK(got.field("content-length") == "15");
    client.head_only = false;
    client.send(health);
    CHECK(client.read().body == R"({"status":"ok"})");
  }

  TEST_CASE_FIXTURE(port_fixture, "queries, absolute targets and empty lines are taken") {
    start();
    auto client = connect();
    client.send("\r\n\r\nGET http://h:1/healthz?a=b HTTP/1.1\r\nHost: h:1\r\n\r\n\r\n" + health);
    CHECK(client.read().status == 200);
    CHECK(client.read().status == 200);
  }

  TEST_CASE_FIXTURE(port_fixture, "the client is asked for its body where it waits for that") {
    start();
    auto client = connect();
    auto request = post(event_json(), "Expect: 100-continue\r\n");
    auto split = request.find("\r\n\r\n") + 4;
    client.send(request.substr(0, split));
    CHECK(client.read().status == 100);
    client.send(request.substr(split));
    CHECK(client.read().status == 201);
    // If the body is there already, no `100 Continue` is sent.
    client.send(request);
    CHECK(client.read().status == 201);
  }

  TEST_CASE_FIXTURE(port_fixture, "100 Continue waits for the answers before it") {
    options.threads = 1;
    router.set_mode(fake_router::mode::hold);
    start();
    auto client = connect();
    auto request = post(event_json("b"), "Expect: 100-continue\r\n");
    auto split = request.find("\r\n\r\n") + 4;
    client.send(post(event_json("a")) + request.substr(0, split));
    REQUIRE(eventually([&] { return router.held() == 1; }));
    CHECK(ask(health).status == 200);
    CHECK(!client.has_input());
    router.set_mode(fake_router::mode::elsewhere);
    CHECK(client.read().status == 201);
    CHECK(client.read().status == 100);
    client.send(request.substr(split));
    CHECK(client.read().has(R"("id":"b")"));
  }

  TEST_CASE_FIXTURE(port_fixture, "a refused request is answered instead of 100 Continue") {
    start();
    auto client = connect();
    auto request = post(event_json(), "Expect: 100-continue\r\n", "text/plain");
    client.send(request.substr(0, request.find("\r\n\r\n") + 4));
    auto got = client.read();
    CHECK(got.status == 415);
    CHECK(got.field("connection") == "close");
    CHECK(client.closed());
  }

  TEST_CASE_FIXTURE(port_fixture, "chunked bodies are put together, trailers read over") {
    start();
    auto client = connect();
    auto json = event_json();
    client.send(chunked({json.substr(0, 5), json.substr(5, 1), json.substr(6)},
                        "Authorization: Bearer x\r\nConnection: close\r\n")
                + chunked({json}));
    CHECK(client.read().status == 201);
    CHECK(client.read().status == 201);
    REQUIRE(router.drafts().size() == 2);
    CHECK(router.drafts()[0]->data == R"({"n":1})");
  }

  TEST_CASE_FIXTURE(port_fixture, "a client that ends its sending still gets its answers") {
    router.set_mode(fake_router::mode::hold);
    start();
    auto client = connect();
    client.send(post(event_json("a")) + post(event_json("b")));
    client.end_sending();
    REQUIRE(eventually([&] { return router.drafts().size() == 2; }));
    router.set_mode(fake_router::mode::elsewhere);
    CHECK(client.read().has(R"("id":"a")"));
    CHECK(client.read().has(R"("id":"b")"));
    CHECK(client.closed());
  }

  TEST_CASE_FIXTURE(port_fixture, "half a request before the end is dropped") {
    start();
    auto client = connect();
    auto request = post(event_json());
    client.send(request.substr(0, request.size() - 1));
    client.end_sending();
    CHECK(client.closed());
    CHECK(router.calls().empty());
  }

  TEST_CASE_FIXTURE(port_fixture, "a client that is gone before the answer leaves nothing") {
    router.set_mode(fake_router::mode::hold);
    start();
    for (int i = 0; i < 20; ++i) {
      auto client = connect();
      client.send(post(event_json()));
      REQUIRE(eventually([&] { return router.drafts().size() == static_cast<size_t>(i) + 1; }));
      client.abort();
    }
    REQUIRE(eventually([&] { return stats->connections == 0; }));
    while (router.held() > 0)
      router.release();
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(port_fixture, "answers for a connection never reach its successor") {
    options.threads = 1;
    router.set_mode(fake_router::mode::hold);
    start();
    auto gone = connect();
    gone.send(post(event_json("old")));
    REQUIRE(eventually([&] { return router.held() == 1; }));
    gone.abort();
    REQUIRE(eventually([&] { return stats->connections == 0; }));
    auto next = connect();
    next.send(post(event_json("new")));
    REQUIRE(eventually([&] { return router.held() == 2; }));
    router.release(0);
    CHECK(ask(health).status == 200);
    CHECK(!next.has_input());
    router.release(0);
    CHECK(next.read().has(R"("id":"new")"));
  }
}
