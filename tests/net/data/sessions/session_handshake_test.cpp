#include "tests/net/auth/token/token_issuer.hpp"
#include "tests/net/data/sessions/session_fixture.hpp"

#include "net/auth/token/token_verifier.hpp"

#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/session_handshake") {
  namespace {

  /// A handshake of which one line is another, or is left out.
  std::string changed(std::string_view line, std::string_view instead) {
    auto out = handshake("/ws?user=u-1");
    auto at = out.find(line);
    REQUIRE(at != std::string::npos);
    return out.replace(at, line.size(), instead);
  }

  struct started : session_fixture {
    started() {
      start();
    }
  };

  /// Accepts tokens by a secret, and no made-up identities.
  struct with_tokens : session_fixture {
    token_issuer issuer = token_issuer::hs256("a secret of at least thirty-two bytes");
    std::unique_ptr<token_verifier> tokens;

    with_tokens() {
      auto made = token_verifier::open({.secret = "a secret of at least thirty-two bytes"});
      REQUIRE(made.has_value());
      tokens = std::move(*made);
      options.sessions.dev_identities = false;
      options.sessions.origins = {"https://shop.example"};
      start(tokens.get());
    }

    std::string token(const std::string& claims = R"({"sub":"u-1","company":"c-1"})") const {
      return issuer.token(claims);
    }

    /// The code that a session is closed with; 0 if it was opened.
    uint16_t outcome(std::string_view target, std::string_view fields = {}) {
      auto before = count();
      auto client = open(target, fields);
      if (eventually([&] { return count() > before || client.raw.has_input(); })
          && count() > before)
        return 0;
      CHECK(client.read().payload.find(R"("op":"error")") != std::string::npos);
      return client.read().code();
    }

    size_t count() {
      std::lock_guard lock{mutex};
      return sessions.size();
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(started, "the answer is that of RFC 6455") {
    auto client = open("/ws?user=u-1&company=c-1&types=order.*,user.login&since=7&slow=catchup",
                       "Sec-WebSocket-Protocol: other, carillon.v1\r\n");
    CHECK(client.greeting.field("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(client.greeting.field("sec-websocket-protocol") == "carillon.v1");
    CHECK(client.greeting.field("upgrade") == "websocket");
    CHECK(eventually([&] {
      std::lock_guard lock{mutex};
      return sessions.size() == 1;
    }));
    auto request = last().request;
    CHECK(request.identity.who == viewer{"u-1", "c-1"});
    CHECK(request.types.size() == 2);
    CHECK(request.since == 7);
    CHECK(request.history.empty());
    CHECK(request.catch_up);
    CHECK(!request.one_way);
    CHECK(open().greeting.field("sec-websocket-protocol").empty());
  }

  TEST_CASE_FIXTURE(started, "a position may name its history") {
    auto client = open("/ws?user=u-1&since=0123456789abcdef.7");
    CHECK(eventually([&] {
      std::lock_guard lock{mutex};
      return sessions.size() == 1;
    }));
    CHECK(last().request.since == 7);
    CHECK(last().request.history == "0123456789abcdef");
  }

  TEST_CASE_FIXTURE(started, "what is no handshake is answered with a status") {
    struct row {
      std::string text;
      int status;
    };
    const std::vector<row> rows{
      {changed("GET ", "POST "), 405},
      {changed("Upgrade: websocket\r\n", ""), 426},
      {changed("Upgrade: websocket\r\n", "Upgrade: h2c\r\n"), 426},
      {changed("Connection: Upgrade\r\n", ""), 426},
      {changed("Connection: Upgrade\r\n", "Connection: keep-alive\r\n"), 426},
      {changed("HTTP/1.1", "HTTP/1.0"), 426},
      {changed("Version: 13", "Version: 8"), 426},
      {changed("Sec-WebSocket-Version: 13\r\n", ""), 426},
      {changed("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ=="), 400},
      {changed("dGhlIHNhbXBsZSBub25jZQ==", "not base64 at all!!!!!!!"), 400},
      {changed("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""), 400},
      {changed("Version: 13\r\n", "Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
       400},
      {changed("Version: 13\r\n", "Version: 13\r\nContent-Length: 3\r\n") + "abc", 400},
      {changed("Version: 13\r\n", "Version: 13\r\nOrigin: https://evil.example\r\n"), 403},
    };
    for (const auto& x : rows) {
      CAPTURE(x.text);
      auto answer = ask(x.text);
      CHECK(answer.status == x.status);
      CHECK((x.status != 426 || answer.field("sec-websocket-version") == "13"));
    }
    CHECK(sessions.empty());
    CHECK(stats->sessions == 0);
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(started, "lists and case are taken as HTTP has them") {
    for (const auto& text :
         {changed("Connection: Upgrade\r\n", "Connection: keep-alive, upgrade\r\n"),
          changed("Upgrade: websocket\r\n", "upgrade: WebSocket\r\n")}) {
      raw_client raw{port->port()};
      raw.send(text);
      raw.head_only = true;
      CHECK(raw.read().status == 101);
    }
  }

  TEST_CASE_FIXTURE(started,
                    "a session begins behind an answered request, not behind an open one") {
    raw_client raw{port->port()};
    raw.send(health + handshake("/ws?user=u-1"));
    CHECK(raw.read().status == 200);
    raw.head_only = true;
    CHECK(raw.read().status == 101);
  }

  TEST_CASE_FIXTURE(started, "a parameter that is wrong is told within the session") {
    for (const char* query :
         {"types=Order", "types=a.b,", "since=x", "since=-1", "since=", "slow=no", "typo=1",
          "since=99999999999999999999", "user=%00", "user=%zz", "user=%ff", "%c0%80=1"}) {
      CAPTURE(query);
      auto client = open(std::string{"/ws?"} + query);
      CHECK(client.read().payload.find(R"("code":"invalid_argument")") != std::string::npos);
      CHECK(client.read().code() == 4009);
      auto stream = ask("GET /api/events/stream?" + std::string{query}
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      CHECK(stream.status == 400);
    }
    CHECK(sessions.empty());
  }

  TEST_CASE("there are as many as may be, and the place of one that left is free") {
    session_fixture f;
    f.options.sessions.max_sessions = 2;
    f.start();
    auto one = f.open();
    {
      auto two = f.open();
      auto refused = f.ask(handshake("/ws?user=u-1"));
      CHECK(refused.status == 503);
      CHECK(!refused.field("retry-after").empty());
    }
    CHECK(eventually([&] { return f.ask(handshake("/ws?user=u-1")).status == 101; }));
  }

  TEST_CASE_FIXTURE(with_tokens, "a token comes by header, by query or as a subprotocol") {
    auto text = token();
    CHECK(outcome("/ws", "Authorization: Bearer " + text + "\r\n") == 0);
    CHECK(outcome("/ws?token=" + text) == 0);
    CHECK(outcome("/ws", "Sec-WebSocket-Protocol: carillon.v1, " + text + "\r\n") == 0);
    CHECK(last().request.identity.who == viewer{"u-1", "c-1"});
    auto client = open("/ws", "Sec-WebSocket-Protocol: carillon.v1, " + text + "\r\n");
    CHECK(client.greeting.field("sec-websocket-protocol") == "carillon.v1");
  }

  TEST_CASE_FIXTURE(with_tokens,
                    "a request brings one token: whoever reads two may believe either") {
    auto text = token();
    auto bearer = "Authorization: Bearer " + text + "\r\n";
    auto offered = "Sec-WebSocket-Protocol: carillon.v1, " + text + "\r\n";
    auto query = "?token=" + text;
    struct row {
      std::string query;
      std::string fields;
    };
    for (const auto& x : {row{query, bearer}, row{query, offered}, row{"", bearer + offered},
                          row{query + "&token=" + text, ""}, row{query + "&token=x", ""},
                          row{query, bearer + offered}, row{"", bearer + bearer}}) {
      CAPTURE(x.query);
      CAPTURE(x.fields);
      CHECK(ask(handshake("/ws" + x.query, x.fields)).status == 400);
      // A stream has no subprotocols.
      if (x.fields.find("Protocol") == std::string::npos)
        CHECK(ask("GET /api/events/stream" + x.query + " HTTP/1.1\r\nHost: localhost\r\n" + x.fields
                  + "\r\n")
                .status
              == 400);
    }
    CHECK(sessions.empty());
    // An empty one does not count.
    CHECK(outcome("/ws?token=", bearer) == 0);
    CHECK(outcome("/ws?token=&token=" + text) == 0);
    // Another protocol does not count.
    CHECK(outcome("/ws", bearer + "Sec-WebSocket-Protocol: carillon.v1, chat.v2\r\n") == 0);
    // Other authorization schemes are ignored.
    CHECK(outcome("/ws" + query, "Authorization: Basic dTpw\r\n") == 0);
  }

  TEST_CASE_FIXTURE(with_tokens, "without a right one it is closed with 4001, a stream with 401") {
    auto other = token_issuer::hs256("another secret of thirty-two bytes");
    for (const std::string& text :
         {std::string{}, std::string{"x.y.z"}, other.token(R"({"sub":"u-1"})"),
          token(R"({"sub":"u-1","exp":1000000000})")}) {
      CAPTURE(text);
      CHECK(outcome("/ws?token=" + text) == 4001);
      auto stream = ask("GET /api/events/stream?token=" + text
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      CHECK(stream.status == 401);
    }
    // No identity is given.
    CHECK(outcome("/ws?user=u-1&token=" + token()) == 4009);
    CHECK(sessions.empty());
  }

  TEST_CASE_FIXTURE(with_tokens, "a page has to be of an origin that is listed") {
    CHECK(outcome("/ws?token=" + token(), "Origin: https://shop.example\r\n") == 0);
    for (const char* origin : {"https://evil.example", "https://shop.example.evil.example",
                               "http://shop.example", "https://shop.example:8443", "null", ""}) {
      CAPTURE(origin);
      auto fields = std::string{"Origin: "} + origin + "\r\n";
      CHECK(ask(handshake("/ws?token=" + token(), fields)).status == 403);
      CHECK(ask("GET /api/events/stream?token=" + token() + " HTTP/1.1\r\nHost: localhost\r\n"
                + fields + "\r\n")
              .status
            == 403);
    }
  }
}
