#include "tests/net/admin/admin_fixture.hpp"
#include "tests/net/raw_client.hpp"

#include <random>

using namespace carillon;
using carillon::test::admin_fixture;
using carillon::test::raw_client;

TEST_SUITE("net/admin_http") {

  namespace {

  std::string request_text(const std::string& line, const std::string& fields,
                           const std::string& body = {}) {
    return line + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n" + body;
  }

  /// Sends bytes and reads all that comes until the port closes.
  /// @param goes_on the client does not end its sending
  std::string talk(const admin_fixture& f, const std::string& bytes, bool goes_on = false) {
    raw_client client{f.port()};
    client.send(bytes);
    if (!goes_on)
      client.end_sending();
    return client.read_all();
  }

  /// The descriptor that this process listens with on a port; -1 if there is none.
  int listening_socket(uint16_t port) {
    for (int fd = 0; fd < 1'024; ++fd) {
      int listens = 0;
      socklen_t size = sizeof(listens);
      sockaddr_in at{};
      socklen_t at_size = sizeof(at);
      if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 1
          && ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &at_size) == 0
          && ntohs(at.sin_port) == port)
        return fd;
    }
    return -1;
  }

  size_t count(const std::string& text, const std::string& what) {
    size_t n = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
      ++n;
    return n;
  }

  } // namespace

  TEST_CASE("a request that could be cut in two ways is refused and what follows is never served") {
    admin_fixture f;
    auto second = request_text("GET /healthz", "");
    auto length = "Content-Length: " + std::to_string(second.size()) + "\r\n";
    struct entry {
      std::string fields;
      int status;
    };
    std::vector<entry> table{
      {length + "Transfer-Encoding: chunked\r\n", 400},
      {"Transfer-Encoding: chunked\r\n" + length, 400},
      {length + "Content-Length: 0\r\n", 400},
      {length + length, 400},
      {"Content-Length: 0, 5\r\n", 400},
      {"Content-Length: +5\r\n", 400},
      {"Content-Length: 0x5\r\n", 400},
      {"Content-Length: -1\r\n", 400},
      {"Content-Length: 99999999999999999999\r\n", 400},
      {"Content-Length : 5\r\n", 400},
      {"Transfer-Encoding: chunked\r\n", 400},
      {"Transfer-Encoding: identity\r\n", 400},
      {"Transfer-Encoding: xchunked\r\n", 400},
      {"Transfer-Encoding: gzip, chunked\r\n", 501},
      {"Content-Encoding: gzip\r\n" + length, 415},
      {"X: a\r\n b\r\n" + length, 400},
      {"X: a\nContent-Length: 5\r\n", 400},
      {"Host: other\r\n", 400},
      {"Content-Length: 1048577\r\n", 413},
      {"Expect: the-unexpected\r\n" + length, 417},
    };
    for (const auto& x : table) {
      CAPTURE(x.fields);
      auto key = "Authorization: Bearer " + f.admin + "\r\nContent-Type: application/json\r\n";
      auto text = talk(f, request_text("POST /api/keys", key + x.fields, second));
      CHECK(text.starts_with("HTTP/1.1 " + std::to_string(x.status)));
      CHECK(count(text, "HTTP/1.1 ") == 1);
      CHECK(text.find("application/problem+json") != std::string::npos);
      CHECK(text.find("\"status\":\"ok\"") == std::string::npos);
    }
    CHECK(f.data.keys.size() == 5);
  }

  TEST_CASE("a body that was refused is not served as the next request, what follows it is") {
    admin_fixture f;
    auto second = request_text("GET /healthz", "");
    auto fields = "Content-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: "
                  + std::to_string(second.size()) + "\r\n";
    // Rejected for a missing key, after the body was read; then two requests at once.
    auto refused = talk(f, request_text("POST /api/keys", fields, second) + second);
    CHECK(refused.starts_with("HTTP/1.1 401"));
    CHECK(count(refused, "HTTP/1.1 ") == 2);
    CHECK(count(refused, R"("status":"ok")") == 1);
    auto pipelined = talk(f, second + second);
    CHECK(pipelined.starts_with("HTTP/1.1 200"));
    CHECK(count(pipelined, R"("status":"ok")") == 2);
  }

  TEST_CASE("what is not HTTP, or too much of it, is answered and closed") {
    auto options = admin_fixture::defaults();
    options.receive_deadline = std::chrono::milliseconds{300};
    admin_fixture f{options};
    struct entry {
      std::string bytes;
      int status;
    };
    std::vector<entry> table{
      {std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
      {"\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400},
      {"GET /healthz HTTP/1.1\r\n\r\n", 400},
      {"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", 400},
      {"GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /healthz\r\n\r\n", 400},
      {"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 501},
      {"GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"GET /" + std::string(40'000, 'a'), 414},
      {request_text("GET /healthz", "X: " + std::string(20'000, 'x') + "\r\n"), 431},
      {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x'), 431},
      {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: \x01\r\n\r\n", 400},
      {"GET /healthz HTTP/1.1\r\nHost: x\r\nB\xc3\xa4\x64: 1\r\n\r\n", 400},
      {"GET /healthz HTTP/1.1\r\nHost", 408},
      {request_text("POST /api/keys", "Content-Length: 10\r\n", "abc"), 408},
    };
    for (const auto& x : table) {
      CAPTURE(x.bytes.substr(0, 60));
      auto text = talk(f, x.bytes, x.status == 408);
      CHECK(text.starts_with("HTTP/1.1 " + std::to_string(x.status)));
      CHECK(count(text, "HTTP/1.1 ") == 1);
    }
    CHECK(talk(f, "").empty());
    CHECK(f.send("GET", "/healthz", "").status == 200);
  }

  TEST_CASE("bytes that trickle in do not keep a thread past the deadline") {
    auto options = admin_fixture::defaults();
    options.threads = 1;
    options.receive_deadline = std::chrono::milliseconds{300};
    admin_fixture f{options};
    raw_client slow{f.port()};
    auto begin = std::chrono::steady_clock::now();
    slow.send("GET /healthz HTTP/1.1\r\nX: ");
    // A byte each 10 ms: no single read waits long, all of them together do.
    for (int64_t sent = 0; !slow.has_input() && sent < 1'000;) {
      auto passed = std::chrono::steady_clock::now() - begin;
      if (passed / std::chrono::milliseconds{10} > sent && slow.try_send("x") >= 0)
        ++sent;
    }
    CHECK(slow.read().status == 408);
  }

  TEST_CASE("an actor that never answers costs 504 within the deadline") {
    auto options = admin_fixture::defaults();
    options.request_deadline = std::chrono::milliseconds{200};
    admin_fixture f{options};
    f.data.silent = true;
    for (const auto* path : {"/api/events", "/api/events/1", "/api/events/stats", "/api/consumers",
                             "/api/dead-letters", "/api/audit", "/api/audit/verify", "/api/metrics",
                             "/api/keys", "/api/events/replay", "/api/events/replay/1"}) {
      CAPTURE(path);
      auto begin = std::chrono::steady_clock::now();
      auto late = f.get(path);
      CHECK(late.status == 504);
      CHECK(late.code() == "timeout");
      CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
    }
    CHECK(f.post("/api/events/replay", R"({"eventIds":["a"]})").status == 504);
    CHECK(f.put("/api/events/types/a.b", R"({"audience":"none","schema":{}})").status == 504);
    auto metrics = f.get("/metrics");
    CHECK(metrics.status == 200);
    CHECK(metrics.body.find("carillon_consumers_up 0") != std::string::npos);
  }

  TEST_CASE("HEAD is GET without a body, OPTIONS tells the methods, others are 405") {
    admin_fixture f;
    f.add_events(1);
    raw_client client{f.port()};
    client.head_only = true;
    client.send(request_text("HEAD /api/events/1",
                             "Connection: close\r\nAuthorization: Bearer " + f.reader + "\r\n"));
    auto head = client.read();
    CHECK(head.status == 200);
    CHECK(head.field("content-length") == std::to_string(f.get("/api/events/1").body.size()));
    CHECK(client.closed());
    auto options = f.send("OPTIONS", "/api/events/replay", "");
    CHECK(options.status == 204);
    CHECK(options.field("Allow") == "GET, HEAD, POST, OPTIONS");
    for (const auto* method : {"DELETE", "PATCH", "PUT", "TRACE"}) {
      auto refused = f.send(method, "/api/events/replay", f.admin);
      CHECK(refused.status == 405);
      CHECK(refused.field("Allow") == "GET, HEAD, POST, OPTIONS");
      CHECK(refused.code() == "method_not_allowed");
    }
    CHECK(f.send("POST", "/api/events", f.admin, "{}").status == 405);
    for (const auto* path : {"/console", "/api", "/api/events/", "/api/events/types/a/b",
                             "/nothing", "//api/events", "/api/../healthz", "/api/keys/1/x"}) {
      CAPTURE(path);
      CHECK(f.get(path).status == 404);
    }
  }

  TEST_CASE("every answer says that it may not be stored, and none names what failed inside") {
    admin_fixture f;
    for (const auto* path : {"/healthz", "/api/events", "/nothing", "/api/events?limit=x"}) {
      auto x = f.get(path);
      CHECK(x.field("Cache-Control") == "no-store");
      CHECK(!x.field("Date").empty());
      CHECK(x.field("EXCEPTION_WHAT").empty());
    }
    f.waits_for = "index 40 %";
    CHECK(f.get("/readyz").status == 503);
  }

  TEST_CASE("a body is taken after 100 Continue, in pieces, and a client may half-close") {
    admin_fixture f;
    std::string body = R"({"name":"x","role":"reader"})";
    raw_client client{f.port()};
    client.send(request_text("POST /api/keys",
                             "Authorization: Bearer " + f.admin
                               + "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                                 "Content-Length: "
                               + std::to_string(body.size()) + "\r\n"));
    CHECK(client.read().status == 100);
    client.send(body.substr(0, 5));
    client.send(body.substr(5));
    client.end_sending();
    CHECK(client.read().status == 201);
    CHECK(client.closed());
    raw_client gone{f.port()};
    gone.send(request_text("POST /api/keys", "Content-Length: 10\r\n", "abc"));
    gone.end_sending();
    CHECK(gone.closed());
  }

  TEST_CASE("a required body without length is asked for; an action needs none") {
    admin_fixture f;
    f.data.consumers = {{.name = "audit"}};
    auto key = "Authorization: Bearer " + f.admin + "\r\n";
    CHECK(talk(f, request_text("POST /api/keys", key)).starts_with("HTTP/1.1 411"));
    CHECK(
      talk(f, request_text("POST /api/consumers/audit/pause", key)).starts_with("HTTP/1.1 200"));
  }

  TEST_CASE("a second port on the same address is a conflict, a bad address is refused") {
    admin_fixture f;
    caf::actor_system_config cfg;
    caf::actor_system sys{cfg};
    auto start = [&](const std::string& host, uint16_t port) {
      admin_port_options options;
      options.host = host;
      options.port = port;
      admin_port_backend backend;
      backend.system = &sys;
      backend.readers.resize(1);
      backend.types = &f.types;
      backend.keys = &f.keys;
      auto started = admin_port::start(options, std::move(backend));
      return started ? ec::none : started.error().code;
    };
    CHECK(start("127.0.0.1", f.port()) == ec::conflict);
    CHECK(start("no address", 0) == ec::invalid_argument);
    CHECK(start("203.0.113.7", 0) == ec::invalid_argument);
    CHECK(start("localhost", 0) == ec::none);
  }

  TEST_CASE("stopping ends slow clients at once, and is safe to repeat") {
    admin_fixture f;
    raw_client slow{f.port()};
    slow.send("GET /healthz HTTP/1.1\r\n");
    CHECK(f.send("GET", "/healthz", "").status == 200);
    auto begin = std::chrono::steady_clock::now();
    f.port_->stop();
    f.port_->stop();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{3});
    CHECK(slow.closed());
    CHECK(!raw_client{f.port()}.connected());
  }

  TEST_CASE("a port whose listening socket broke listens again on the same port") {
    admin_fixture f;
    auto socket = listening_socket(f.port());
    REQUIRE(socket >= 0);
    ::shutdown(socket, SHUT_RDWR);
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!raw_client{f.port()}.connected() && std::chrono::steady_clock::now() < until)
      continue;
    CHECK(f.send("GET", "/healthz", "").status == 200);
  }

  TEST_CASE("ports start and stop many times without a hang") {
    for (int i = 0; i < 30; ++i) {
      admin_fixture f;
      if (i % 2 == 0)
        CHECK(f.send("GET", "/healthz", "").status == 200);
    }
  }

  TEST_CASE("mutilated requests get answers or none, and the port lives on") {
    auto options = admin_fixture::defaults();
    options.receive_deadline = std::chrono::milliseconds{50};
    admin_fixture f{options};
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    std::mt19937 random{seed};
    std::string body = R"({"eventIds":[1,"x"],"dryRun":true})";
    auto good = request_text("POST /api/events/replay?a=%41",
                             "Authorization: Bearer " + f.admin
                               + "\r\nContent-Type: application/json\r\nContent-Length: "
                               + std::to_string(body.size()) + "\r\n",
                             body);
    auto upto = [&](size_t n) { return std::uniform_int_distribution<size_t>{0, n}(random); };
    for (int i = 0; i < 300; ++i) {
      auto bytes = good;
      for (auto n = upto(4); n > 0; --n)
        bytes[upto(bytes.size() - 1)] = static_cast<char>(upto(255));
      if (upto(3) == 0)
        bytes.erase(upto(bytes.size() - 1), upto(20));
      auto text = talk(f, bytes);
      CHECK((text.empty() || text.starts_with("HTTP/1.1 ")));
    }
    CHECK(f.data.replays.empty());
    CHECK(f.send("GET", "/healthz", "").status == 200);
  }
}
