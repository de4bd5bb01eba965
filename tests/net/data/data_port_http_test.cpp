// Requirements of RFC 9110, RFC 9112 and Fetch on a server, besides the strictness of the reader.

#include "tests/net/data/data_port_fixture.hpp"

#include <mutex>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port http") {
  namespace {

  struct http_fixture : port_fixture {
    key_ring real;
    std::mutex mutex;
    std::vector<refused_access> refusals;

    /// With keys, one of which may publish and one of which may read.
    void start_with_keys() {
      std::vector<api_key> all;
      for (auto r : {role::publisher, role::reader}) {
        api_key key;
        key.id = all.size() + 1;
        key.role = r;
        key.hash = key_ring::hash_of(r == role::publisher ? "ck_publisher" : "ck_reader");
        all.push_back(key);
      }
      real.replace(all);
      begin(real);
    }

    void begin(const key_ring& with) {
      data_port_backend backend;
      backend.publish = [this](publish_call_ptr x) { router.publish(std::move(x)); };
      backend.types = &types;
      backend.keys = &with;
      backend.stats = stats;
      backend.on_refused = [this](const refused_access& x) {
        std::lock_guard guard{mutex};
        refusals.push_back(x);
      };
      backend.admin_address = [] { return std::string{"http://127.0.0.1:7071"}; };
      auto started = data_port::start(options, std::move(backend));
      REQUIRE(started.has_value());
      port = std::move(*started);
    }

    answer options_of(const std::string& path, const std::string& fields) {
      return ask("OPTIONS " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    }
  };

  const std::string preflight = "Access-Control-Request-Method: POST\r\n"
                                "Access-Control-Request-Headers: authorization\r\n"
                                "Access-Control-Request-Headers: content-type\r\n";

  std::string get(const std::string& target, const std::string& fields) {
    return "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n";
  }

  } // namespace

  TEST_CASE_FIXTURE(port_fixture, "lists that come in several lines are one list") {
    options.sessions.dev_identities = true;
    start();
    // The handshake is parsed, and rejected for its missing parts.
    auto got = ask(get("/ws", "Host: localhost\r\nConnection: keep-alive\r\nConnection: Upgrade\r\n"
                              "Upgrade: h2c\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: short\r\n"));
    CHECK(got.status == 400);
    CHECK(got.has("Sec-WebSocket-Key"));
    CHECK(
      ask(get("/healthz", "Host: x\r\nAccept: text/plain\r\nAccept: application/json\r\n")).status
      == 200);
    CHECK(
      ask(get("/healthz", "Host: x\r\nConnection: x\r\nConnection: close\r\n")).field("connection")
      == "close");
    CHECK(ask(post(event_json(), "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n")).status
          == 415);
    // Fields that are not lists must not repeat.
    CHECK(ask(get("/ws", "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n"))
            .status
          == 400);
    CHECK(ask(post(event_json(), "Origin: http://a.example\r\nOrigin: http://b.example\r\n")).status
          == 400);
  }

  TEST_CASE_FIXTURE(port_fixture, "the path of a target in absolute form begins after its host") {
    start();
    auto body = event_json();
    auto target = [&](const std::string& x) {
      return ask("POST " + x + " HTTP/1.1\r\nHost: other\r\nContent-Type: application/json\r\n"
                 + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    };
    CHECK(target("http://x?/api/events").status == 404);
    CHECK(target("http://x?/a=/api/events").status == 404);
    CHECK(target("http://localhost/api/events").status == 201);
    CHECK(target("HTTP://localhost:7070/api/events?a=b").status == 201);
    CHECK(target("http://x#/api/events").status == 400);
    CHECK(router.drafts().size() == 2);
  }

  TEST_CASE_FIXTURE(port_fixture, "without keys the port is served as localhost only") {
    options.sessions.dev_identities = true;
    start();
    auto event = event_json();
    auto as = [&](const std::string& host, const std::string& target = "/api/events") {
      return ask("POST " + target + " HTTP/1.1\r\nHost: " + host
                 + "\r\nContent-Type: application/json\r\nContent-Length: "
                 + std::to_string(event.size()) + "\r\n\r\n" + event)
        .status;
    };
    for (const auto* host :
         {"localhost", "LOCALHOST:7070", "127.0.0.1", "127.1.2.3:1", "[::1]:7070"})
      CHECK(as(host) == 201);
    for (const auto* host :
         {"evil.example", "127.evil.example", "localhost.evil.example:7070", "10.0.0.1", "[::2]"})
      CHECK(as(host) == 403);
    // The target takes precedence, both ways.
    CHECK(as("localhost", "http://evil.example/api/events") == 403);
    CHECK(as("evil.example", "http://localhost/api/events") == 201);
    for (const auto* path : {"/ws?user=u", "/api/events/stream?user=u"})
      CHECK(ask(get(path, "Host: evil.example\r\n")).status == 403);
    CHECK(ask(get("/healthz", "Host: evil.example\r\n")).status == 200);
  }

  TEST_CASE_FIXTURE(http_fixture, "with keys it is served by any name") {
    start_with_keys();
    CHECK(ask("POST /api/events HTTP/1.1\r\nHost: events.example\r\nAuthorization: Bearer "
              "ck_publisher\r\nContent-Type: application/json\r\nContent-Length: "
              + std::to_string(event_json().size()) + "\r\n\r\n" + event_json())
            .status
          == 201);
  }

  TEST_CASE_FIXTURE(port_fixture, "without keys a page of another origin may not publish") {
    options.sessions.origins = {"https://shop.example"};
    start();
    CHECK(ask(post(event_json(), "Origin: http://localhost\r\n")).status == 201);
    CHECK(ask(post(event_json(), "Origin: https://shop.example\r\n")).status == 201);
    CHECK(ask(post(event_json(), "Origin: https://evil.example\r\n")).status == 403);
    CHECK(ask(post(event_json(), "Origin: null\r\n")).status == 403);
  }

  TEST_CASE_FIXTURE(http_fixture,
                    "a preflight of an allowed origin is answered, of another refused") {
    options.sessions.origins = {"https://shop.example"};
    start_with_keys();
    auto allowed = options_of("/api/events", "Origin: https://shop.example\r\n" + preflight);
    CHECK(allowed.status == 204);
    CHECK(allowed.fields.count("content-length") == 0);
    CHECK(allowed.field("access-control-allow-origin") == "https://shop.example");
    CHECK(allowed.field("access-control-allow-methods") == "POST, OPTIONS");
    CHECK(allowed.field("access-control-allow-headers") == "authorization, content-type");
    CHECK(allowed.field("vary") == "Origin");
    auto other = options_of("/api/events", "Origin: https://evil.example\r\n" + preflight);
    CHECK(other.status == 403);
    CHECK(other.fields.count("access-control-allow-origin") == 0);
    // Not a preflight: the methods of a path.
    for (const auto* path : {"/api/events", "/ws", "/api/events/stream", "/healthz"}) {
      CAPTURE(path);
      auto plain = options_of(path, "");
      CHECK(plain.status == 204);
      CHECK(!plain.field("allow").empty());
    }
    CHECK(options_of("*", "").status == 204);
  }

  TEST_CASE_FIXTURE(http_fixture, "a page of an allowed origin can read answers and refusals") {
    options.sessions.origins = {"https://shop.example"};
    start_with_keys();
    auto published = ask(post(event_json(), "Authorization: Bearer ck_publisher\r\n"
                                            "Origin: https://shop.example\r\n"));
    CHECK(published.status == 201);
    CHECK(published.field("access-control-allow-origin") == "https://shop.example");
    auto refused = ask(post(event_json(), "Origin: https://shop.example\r\n"));
    CHECK(refused.status == 401);
    CHECK(refused.field("access-control-allow-origin") == "https://shop.example");
    auto batch = ask(post("[" + event_json() + "]", "Authorization: Bearer ck_publisher\r\n"
                                                    "Origin: https://shop.example\r\n"));
    CHECK(batch.status == 200);
    CHECK(batch.field("access-control-allow-origin") == "https://shop.example");
    auto other = ask(post(event_json(), "Authorization: Bearer ck_publisher\r\n"
                                        "Origin: https://evil.example\r\n"));
    CHECK(other.fields.count("access-control-allow-origin") == 0);
  }

  TEST_CASE_FIXTURE(http_fixture, "every answer forbids to guess its type") {
    start_with_keys();
    auto key = std::string{"Authorization: Bearer ck_publisher\r\n"};
    for (const auto& request : {post(event_json(), key), post("[" + event_json() + "]", key),
                                post("no", key), post(event_json()), health,
                                get("/nothing", "Host: x\r\n"), std::string{"nonsense\r\n\r\n"}})
      CHECK(ask(request).field("x-content-type-options") == "nosniff");
  }

  TEST_CASE_FIXTURE(http_fixture,
                    "who asks here for what the admin port has is told where that is") {
    start_with_keys();
    for (const auto* target : {"/api/events", "/api/keys", "/metrics", "/api/events/17"}) {
      CAPTURE(target);
      CHECK(ask(get(target, "Host: x\r\n")).has("on the admin port, http://127.0.0.1:7071"));
    }
  }

  TEST_CASE_FIXTURE(http_fixture, "refused credentials are told, with the address of the socket") {
    start_with_keys();
    CHECK(ask(post(event_json(), "Authorization: Bearer ck_wrong\r\nX-Forwarded-For: 9.9.9.9\r\n"))
            .status
          == 401);
    CHECK(ask(post(event_json(), "Authorization: Bearer ck_reader\r\n")).status == 403);
    CHECK(ask(get("/api/events/stream", "Host: x\r\nAuthorization: Bearer a.b.c\r\n")).status
          == 401);
    CHECK(ask(post(event_json(), "Authorization: Bearer ck_publisher\r\n")).status == 201);
    std::lock_guard guard{mutex};
    REQUIRE(refusals.size() == 3);
    CHECK(refusals[0].why.code == ec::unauthenticated);
    CHECK(refusals[0].ip == "127.0.0.1");
    CHECK(refusals[0].source == "/data");
    CHECK(refusals[0].action == "POST /api/events");
    CHECK(refusals[1].who == "key:2");
    CHECK(refusals[1].why.code == ec::forbidden);
    CHECK(refusals[2].action == "GET /api/events/stream");
    CHECK(stats->logins_failed == 2);
  }

  TEST_CASE_FIXTURE(port_fixture, "a used up share is 429 and says when to come again") {
    router.set_mode(fake_router::mode::fail);
    router.fault = {ec::quota_exceeded, "the company has used up its share", {}};
    start();
    auto got = ask(post(event_json()));
    CHECK(got.status == 429);
    CHECK(got.field("retry-after") == "1");
    CHECK(got.has(R"("code":"quota_exceeded")"));
    CHECK(ask(post("[" + event_json() + "]")).status == 429);
  }
}
