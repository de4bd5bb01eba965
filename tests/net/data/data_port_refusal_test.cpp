#include "tests/net/data/data_port_fixture.hpp"

#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port refusals") {
  namespace {

  struct bad_request {
    std::string what;
    std::string bytes;
    int status = 400;
    bool closes = true;
  };

  std::string head(std::string_view fields) {
    return "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
           + std::string{fields} + "\r\n";
  }

  std::vector<bad_request> protocol_faults() {
    using namespace std::string_literals;
    auto body = event_json();
    auto size = std::to_string(body.size());
    auto chunked = head("Transfer-Encoding: chunked\r\n");
    return {
      {"both lengths",
       head("Content-Length: " + size + "\r\nTransfer-Encoding: chunked\r\n") + body},
      {"both lengths, reversed",
       head("Transfer-Encoding: chunked\r\nContent-Length: " + size + "\r\n") + "0\r\n\r\n"},
      {"two differing lengths",
       head("Content-Length: 5\r\nContent-Length: " + size + "\r\n") + body},
      {"two equal lengths",
       head("Content-Length: " + size + "\r\nContent-Length: " + size + "\r\n") + body},
      {"a list of lengths", head("Content-Length: " + size + ", " + size + "\r\n") + body},
      {"a signed length", head("Content-Length: +5\r\n") + body},
      {"a negative length", head("Content-Length: -1\r\n") + body},
      {"a length that overflows", head("Content-Length: 18446744073709551616\r\n") + body},
      {"a length that is no number", head("Content-Length: 0x10\r\n") + body},
      {"an unknown transfer coding", head("Transfer-Encoding: gzip\r\n") + body},
      {"two transfer codings", head("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", 501},
      {"two transfer codings in two lines",
       head("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 501},
      {"a transfer coding after chunked",
       head("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n") + "0\r\n\r\n"},
      {"chunked twice in one line", head("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n"},
      {"a host with a blank", "GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n"},
      {"a host with a user", "GET /healthz HTTP/1.1\r\nHost: me@x\r\n\r\n"},
      {"a host with a path", "GET /healthz HTTP/1.1\r\nHost: x/y\r\n\r\n"},
      {"a host with a port that is no number", "GET /healthz HTTP/1.1\r\nHost: x:y\r\n\r\n"},
      {"half an IPv6 address as host", "GET /healthz HTTP/1.1\r\nHost: [::1\r\n\r\n"},
      {"a list of hosts", "GET /healthz HTTP/1.1\r\nHost: a:1, b\r\n\r\n"},
      {"a target with another scheme", "GET ftp://x/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"a target with a user", "GET http://me@x/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"a target without a host", "GET http:///healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"a relative target", "GET healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"identity as transfer coding", head("Transfer-Encoding: identity\r\n") + body},
      {"chunked twice",
       head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {"a disguised transfer coding", head("Transfer-Encoding: \x0b"
                                           "chunked\r\n")
                                        + "0\r\n\r\n"},
      {"a space before the colon", head("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n"},
      {"HTTP/1.0 with chunks",
       "POST /api/events HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"a chunk size that is no number", chunked + "zz\r\nabc\r\n0\r\n\r\n"},
      {"a chunk size with prefix", chunked + "0x3\r\nabc\r\n0\r\n\r\n"},
      {"a negative chunk size", chunked + "-3\r\nabc\r\n0\r\n\r\n"},
      {"an empty chunk size", chunked + "\r\nabc\r\n0\r\n\r\n"},
      {"a chunk size that overflows", chunked + "11111111111111111\r\nabc"},
      {"a chunk longer than said", chunked + "3\r\nabcd\r\n0\r\n\r\n"},
      {"a chunk line without carriage return", chunked + "3\nabc\r\n0\r\n\r\n"},
      {"an endless chunk extension", chunked + "3;" + std::string(40'000, 'a'), 413},
      {"a folded field", head("X-A: b\r\n c\r\nContent-Length: 0\r\n")},
      {"a folded first field", "GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n"},
      {"bare line feeds", "GET /healthz HTTP/1.1\nHost: x\n\n"},
      {"one bare line feed", "GET /healthz HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"},
      {"a bare carriage return", "GET /healthz HTTP/1.1\r\nHost: x\rA: b\r\n\r\n"},
      {"NUL in a value", head("X-A: b\0c\r\n"s)},
      {"NUL in a name", head("X\0A: b\r\n"s)},
      {"NUL in the target", "GET /heal\0thz HTTP/1.1\r\nHost: localhost\r\n\r\n"s},
      {"a field without name", head(": b\r\n")},
      {"a field without colon", head("nonsense\r\n")},
      {"no host", "GET /healthz HTTP/1.1\r\n\r\n"},
      {"two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"two content types", head("Content-Type: text/plain\r\nContent-Length: 0\r\n")},
      {"two authorizations", head("Authorization: a\r\nAuthorization: b\r\n")},
      {"no version", "GET /healthz\r\n\r\n"},
      {"HTTP/0.9", "GET /healthz HTTP/0.9\r\nHost: localhost\r\n\r\n"},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"HTTP/1.2", "GET /healthz HTTP/1.2\r\nHost: localhost\r\n\r\n"},
      {"a method with a bad character", "G(T /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"a method alone", "GET\r\n\r\n"},
      {"two spaces", "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"a TLS handshake",
       "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(500, '\x42')},
      {"binary noise", "\xff\xfe\x00\x01\x02"s},
      {"an unknown expectation", head("Expect: miracles\r\nContent-Length: 2\r\n") + "{}", 417},
      {"a header that is too long", head("X-A: " + std::string(17'000, 'a') + "\r\n"), 431},
      {"too many fields",
       [] {
         std::string fields;
         while (fields.size() < 20'000)
           fields += "X-A: b\r\n";
         return head(fields);
       }(),
       431},
      {"a target that is too long",
       "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
      {"a body over the limit", head("Content-Length: 9000000\r\n"), 413},
    };
  }

  std::vector<bad_request> plain_faults() {
    using namespace std::string_literals;
    auto deep = std::string(100, '[') + std::string(100, ']');
    return {
      {"unknown path", "GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, false},
      {"unknown path with a body",
       "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 404, false},
      {"another method", "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, false},
      {"an unknown method", "BREW /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, false},
      {"another method for the health",
       "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 405, false},
      {"no content type", post(event_json(), {}, ""), 415, false},
      {"another content type", post(event_json(), {}, "text/plain"), 415, false},
      {"another charset", post(event_json(), {}, "application/json; charset=latin1"), 415, false},
      {"a compressed body", post(event_json(), "Content-Encoding: gzip\r\n"), 415, false},
      {"no body", post(""), 400, false},
      {"no JSON", post("hello"), 400, false},
      {"half of a JSON", post(R"({"type":"test.thing")"), 400, false},
      {"two JSON texts", post(event_json() + event_json()), 400, false},
      {"an empty array", post("[]"), 400, false},
      {"half of an array", post("[" + event_json()), 400, false},
      {"an array that breaks off late", post("[" + event_json() + "," + event_json() + ",x]"), 400,
       false},
      {"bad UTF-8", post("{\"type\":\"test.thing\",\"data\":{\"a\":\"\xc3\x28\"}}"), 400, false},
      {"a NUL byte", post("{\"type\":\"test.thing\",\"data\":{\"a\":\"\0\"}}"s), 400, false},
      {"an escaped NUL", post(R"({"type":"test.thing","data":{"a":"\u0000"}})"), 400, false},
      {"a name given twice", post(R"({"type":"test.thing","data":{"a":1,"a":2}})"), 400, false},
      {"deep JSON", post(R"({"type":"test.thing","data":{"a":)" + deep + "}}"), 400, false},
      {"deep text that is nothing else", post(std::string(200'000, '[')), 400, false},
      {"a missing field", post(R"({"type":"order.created","companyId":"c","data":{}})"), 422,
       false},
      {"binary mode without a type",
       post("{}", "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /\r\n"), 400, false},
    };
  }

  void check(port_fixture& fixture, const bad_request& x) {
    CAPTURE(x.what);
    auto client = fixture.connect();
    // After an input that must close the connection, a request follows that must not be served.
    client.send(x.bytes);
    auto got = client.read();
    CHECK(got.status == x.status);
    CHECK(got.field("content-type") == "application/problem+json");
    CHECK(got.has("\"status\":" + std::to_string(x.status)));
    CHECK(got.has("\"code\":"));
    CHECK((got.field("connection") == "close") == x.closes);
    client.send(health);
    if (x.closes)
      CHECK(client.closed());
    else
      CHECK(client.read().status == 200);
  }

  } // namespace

  TEST_CASE_FIXTURE(port_fixture, "what is not valid HTTP is answered and the connection closed") {
    start();
    for (const auto& x : protocol_faults())
      check(*this, x);
    CHECK(router.calls().empty());
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(port_fixture, "what is valid HTTP is refused and the connection goes on") {
    start();
    for (const auto& x : plain_faults())
      check(*this, x);
    CHECK(router.calls().empty());
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(port_fixture, "refusals carry the fields that their status demands") {
    start();
    CHECK(ask("PUT /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").field("allow")
          == "POST, OPTIONS");
    CHECK(ask("PUT /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").field("allow")
          == "GET, HEAD, OPTIONS");
  }

  TEST_CASE_FIXTURE(port_fixture, "a body over the limit is refused before it is read") {
    start();
    auto client = connect();
    client.send(head("Content-Length: 8388609\r\n"));
    auto got = client.read();
    CHECK(got.status == 413);
    CHECK(got.field("connection") == "close");
  }

  TEST_CASE_FIXTURE(port_fixture, "a single event has a smaller limit than an array") {
    options.body_bytes = 1'000;
    options.batch_bytes = 3'000;
    start();
    auto padded = [](size_t size, char first, char last) {
      auto inner = first == '[' ? event_json() : event_json().substr(1, event_json().size() - 2);
      return first + inner + std::string(size - inner.size() - 2, ' ') + last;
    };
    CHECK(ask(post(padded(1'000, '{', '}'))).status == 201);
    CHECK(ask(post(padded(1'001, '{', '}'))).status == 413);
    CHECK(ask(post(padded(3'000, '[', ']'))).status == 200);
    CHECK(ask(post(padded(3'001, '[', ']'))).status == 413);
    CHECK(ask(post("  \n" + padded(1'000, '{', '}'))).status == 413);
    CHECK(ask(post(std::string(3'000, ' '))).status == 400);
  }

  TEST_CASE_FIXTURE(port_fixture, "chunks are counted as they come") {
    options.batch_bytes = options.body_bytes = 10'000;
    start();
    auto client = connect();
    client.send(head("Transfer-Encoding: chunked\r\n"));
    // Each chunk alone is small; what comes after the limit is not served.
    std::string chunk = "400\r\n" + std::string(0x400, ' ') + "\r\n";
    for (int i = 0; i < 12; ++i)
      client.send(chunk);
    client.send("0\r\n\r\n" + health);
    CHECK(client.read().status == 413);
    CHECK(client.closed());
    CHECK(ask(head("Transfer-Encoding: chunked\r\n") + "FFFFFFFFFFFFFFFF\r\n").status == 413);
    CHECK(router.calls().empty());
  }

  TEST_CASE_FIXTURE(port_fixture, "unfinished bodies are bounded in sum") {
    options.threads = 1;
    options.receive_bytes = 100'000;
    start();
    auto part = head("Content-Length: 90000\r\n") + std::string(60'000, ' ');
    auto first = connect();
    first.send(part);
    REQUIRE(eventually([&] { return stats->bytes_in >= 60'000; }));
    auto got = ask(part);
    CHECK(got.status == 503);
    CHECK(!got.field("retry-after").empty());
    first.close();
    REQUIRE(eventually([&] { return stats->connections == 0; }));
    // The room is given back.
    auto body = event_json() + std::string(60'000, ' ');
    CHECK(ask(post(body)).status == 201);
  }

  TEST_CASE_FIXTURE(port_fixture, "credentials are checked before the body is read") {
    key_ring real;
    data_port_backend backend;
    backend.publish = [this](publish_call_ptr x) { router.publish(std::move(x)); };
    backend.types = &types;
    backend.keys = &real;
    auto started = data_port::start(options, std::move(backend));
    REQUIRE(started.has_value());
    raw_client client{(*started)->port()};
    client.send(head("Content-Length: 500000\r\n"));
    auto got = client.read();
    CHECK(got.status == 401);
    CHECK(got.field("www-authenticate") == "Bearer");
    CHECK(got.field("connection") == "close");
    // A small body is discarded, and not parsed as a request.
    raw_client patient{(*started)->port()};
    patient.send(post(health) + health);
    CHECK(patient.read().status == 401);
    CHECK(patient.read().status == 200);
    CHECK(!patient.has_input());
  }
}
