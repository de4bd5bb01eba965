// Who may ask the data port for notifications, from which pages, by which methods, and what users
// are told when there is no answer.

#include "tests/net/data/notifications/notification_fixture.hpp"

#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/notification_access") {
  namespace {

  struct started : notification_fixture {
    started() {
      start();
      store->add("u-1", "c-1");
    }
  };

  struct made_up : notification_fixture {
    made_up() {
      options.sessions.dev_identities = true;
      start(true, nullptr);
      store->add("u-1", "c-1");
      store->add("u-1", "c-2");
    }
  };

  const std::string shop = "Origin: https://shop.example\r\n";
  const std::string evil = "Origin: https://evil.example\r\n";

  } // namespace

  TEST_CASE_FIXTURE(started, "only a valid token of a user is let in") {
    const std::string scheme = "Authorization: Bearer ";
    auto expired = bearer(R"({"sub":"u-1","company":"c-1","exp":1000000000})");
    auto forged = token_issuer::hs256("another secret of thirty-two bytes");
    auto foreign = scheme + forged.token(R"({"sub":"u-1"})") + "\r\n";
    auto key = scheme + api_key + "\r\n";
    auto basic = std::string{"Authorization: Basic dTox\r\n"};
    for (const auto& fields : {std::string{}, expired, foreign, key, basic}) {
      CAPTURE(fields);
      for (const auto& refused :
           {get("", fields), get("/1", fields), get("/x", fields), post_to("/read", fields),
            post_to("/1/read", fields, R"({"userId":"u-1"})")}) {
        CHECK(refused.status == 401);
        CHECK(refused.has(R"("code":"unauthenticated")"));
        CHECK(refused.field("www-authenticate") == "Bearer");
      }
    }
    CHECK(get("", {}).has("a token is missing"));
    CHECK(get("", expired).has("the token has expired"));
    CHECK(get("", anna + anna).status == 400);
    auto nobody = get("", bearer(R"({"company":"c-1"})"));
    CHECK(nobody.status == 403);
    CHECK(nobody.has("the token names no user"));
    // Addresses are logged; a session's token may be in one, since a browser has no other place.
    auto token = issuer.token(R"({"sub":"u-1","company":"c-1"})");
    CHECK(get("?token=" + token, {}).status == 401);
    CHECK(get("?token=" + token, anna).has(R"("field":"token")"));
    CHECK(store->unread() == 1);
  }

  TEST_CASE_FIXTURE(started, "refusals are told as those of sessions are, and by the pattern") {
    get("", {});
    get("/17", {});
    post_to("/18/read", bearer(R"({"company":"c-1"})"));
    get("/19", anna);
    get("?limit=0", anna);
    std::lock_guard lock{refusals_mutex};
    REQUIRE(refusals.size() == 3);
    CHECK(refusals[0].action == "GET /api/notifications");
    CHECK(refusals[0].why.code == ec::unauthenticated);
    CHECK(refusals[0].source == "/data");
    CHECK(refusals[1].action == "GET /api/notifications/{id}");
    CHECK(refusals[2].action == "POST /api/notifications/{id}/read");
    CHECK(refusals[2].why.code == ec::forbidden);
    CHECK(stats->logins_failed == 2);
  }

  TEST_CASE_FIXTURE(notification_fixture, "without a key for tokens it is as with a stream") {
    start(true, nullptr);
    for (const auto& fields : {std::string{}, anna}) {
      auto stream = ask("GET /api/events/stream HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
      auto mine = get("", fields);
      CHECK(mine.status == 401);
      CHECK(mine.status == stream.status);
      CHECK(mine.body == stream.body);
    }
  }

  TEST_CASE_FIXTURE(started, "a token publishes nothing") {
    CHECK(ask(post(event_json(), anna)).status == 401);
    CHECK(ask(post(event_json(), "Authorization: Bearer " + api_key + "\r\n")).status == 201);
  }

  TEST_CASE_FIXTURE(made_up, "in a trial the query says who it is, on localhost only") {
    CHECK(get("?user=u-1&company=c-1", {}).has(R"("unread":1)"));
    CHECK(get("?user=u-1&company=&unread=true", {}).has(R"("unread":2)"));
    CHECK(get("/2?user=u-1&company=c-1", {}).status == 404);
    CHECK(post_to("/read?user=u-1&company=c-2", {}).body == R"({"read":1})");
    for (const auto* nobody : {"", "?company=c-1", "?user="}) {
      auto refused = get(nobody, {});
      CHECK(refused.status == 400);
      CHECK(refused.has(R"("field":"user")"));
    }
    CHECK(get("?user=u-1&userId=u-1", {}).has(R"("field":"userId")"));
    CHECK(get("?user=u-1", anna).status == 401);
    CHECK(get("?user=u-1", evil).status == 403);
    CHECK(get("?user=u-1", "Origin: http://localhost\r\n").status == 200);
    CHECK(ask("GET /api/notifications?user=u-1 HTTP/1.1\r\nHost: evil.example\r\n\r\n").status
          == 403);
  }

  TEST_CASE_FIXTURE(started, "pages of listed origins may ask, and read refusals") {
    auto preflight = shop + "Access-Control-Request-Method: POST\r\n"
                     + "Access-Control-Request-Headers: authorization\r\n";
    struct row {
      const char* path;
      const char* methods;
    };
    for (const auto& x : {row{"", "GET, HEAD, OPTIONS"}, row{"/1", "GET, HEAD, OPTIONS"},
                          row{"/read", "POST, OPTIONS"}, row{"/1/read", "POST, OPTIONS"}}) {
      CAPTURE(x.path);
      auto allowed = ask(to("OPTIONS", x.path, preflight));
      CHECK(allowed.status == 204);
      CHECK(allowed.field("allow") == x.methods);
      CHECK(allowed.field("access-control-allow-methods") == x.methods);
      CHECK(allowed.field("access-control-allow-headers") == "authorization");
      CHECK(allowed.field("access-control-allow-origin") == "https://shop.example");
      CHECK(ask(to("OPTIONS", x.path, {})).field("allow") == x.methods);
    }
    CHECK(ask(to("OPTIONS", "", evil + "Access-Control-Request-Method: GET\r\n")).status == 403);
    for (const auto& readable : {get("", shop + anna), get("", shop), get("/9", shop + anna),
                                 post_to("/read", shop + anna, "x")})
      CHECK(readable.field("access-control-allow-origin") == "https://shop.example");
    auto foreign = get("", evil + anna);
    CHECK(foreign.status == 403);
    CHECK(foreign.has(R"("field":"Origin")"));
    CHECK(foreign.field("access-control-allow-origin").empty());
    CHECK(post_to("/read", evil + anna).status == 403);
    CHECK(store->unread() == 1);
  }

  TEST_CASE_FIXTURE(started, "HEAD is GET without a body, other methods are refused") {
    for (const auto* path : {"", "/1"}) {
      auto client = connect();
      client.head_only = true;
      client.send(to("HEAD", path, anna));
      auto head = client.read();
      CHECK(head.status == 200);
      CHECK(head.field("content-length") == std::to_string(get(path, anna).body.size()));
      client.head_only = false;
      client.send(health);
      CHECK(client.read().status == 200);
    }
    struct row {
      const char* method;
      const char* path;
      const char* allow;
    };
    for (const auto& x :
         {row{"POST", "", "GET, HEAD, OPTIONS"}, row{"DELETE", "/1", "GET, HEAD, OPTIONS"},
          row{"GET", "/read", "POST, OPTIONS"}, row{"PUT", "/1/read", "POST, OPTIONS"}}) {
      auto refused = ask(to(x.method, x.path, anna));
      CHECK(refused.status == 405);
      CHECK(refused.field("allow") == x.allow);
    }
    CHECK(ask(to("GET", "", anna, "{}")).status == 400);
    auto unknown = get("/1/x", anna);
    CHECK(unknown.status == 404);
    CHECK(unknown.has("this port has /api/events, /api/events/stream, /api/notifications, "));
  }

  TEST_CASE_FIXTURE(notification_fixture, "a node without notifications says so") {
    start(false, tokens.get());
    for (const auto& refused : {get("", anna), get("/1", anna), post_to("/read", anna)}) {
      CHECK(refused.status == 503);
      CHECK(refused.has(R"("code":"store_unavailable")"));
      CHECK(refused.has("notifications are not kept here"));
      CHECK(refused.field("retry-after") == "5");
    }
    CHECK(get("", {}).status == 401);
  }

  TEST_CASE_FIXTURE(started, "a failure of the store is a status") {
    struct row {
      ec code;
      int status;
      const char* pause;
    };
    for (const auto& x : {row{ec::store_unavailable, 503, "5"}, row{ec::shutting_down, 503, "5"},
                          row{ec::overloaded, 503, "1"}, row{ec::quota_exceeded, 429, "1"},
                          row{ec::timeout, 504, ""}, row{ec::internal, 500, ""}}) {
      store->broken = failure{x.code, "the reason", {}};
      for (const auto& refused : {get("", anna), get("/1", anna), post_to("/read", anna)}) {
        CHECK(refused.status == x.status);
        CHECK(refused.has("the reason"));
        CHECK(refused.field("content-type") == "application/problem+json");
        CHECK(refused.field("retry-after") == x.pause);
      }
    }
  }

  TEST_CASE_FIXTURE(started, "answers keep the order of the requests") {
    store->holds = true;
    auto client = connect();
    client.send(to("GET", "", anna) + to("GET", "/1", anna) + health);
    REQUIRE(eventually([&] {
      std::lock_guard lock{store->mutex};
      return store->held.size() == 2;
    }));
    std::vector<std::function<void()>> held;
    {
      std::lock_guard lock{store->mutex};
      held.swap(store->held);
    }
    held[1]();
    held[0]();
    CHECK(client.read().has(R"("notifications":[)"));
    CHECK(client.read().body == notification_json(1, "u-1", R"("c-1")"));
    CHECK(client.read().has("ok"));
  }

  TEST_CASE_FIXTURE(notification_fixture, "a store that hangs ends a request at its deadline") {
    options.request_deadline = 100ms;
    start();
    store->holds = true;
    auto hung = get("", anna);
    CHECK(hung.status == 504);
    CHECK(hung.has(R"("code":"timeout")"));
    CHECK(store->given <= 100ms);
    // Its answer comes too late, and disturbs nobody.
    std::vector<std::function<void()>> held;
    {
      std::lock_guard lock{store->mutex};
      held.swap(store->held);
    }
    REQUIRE(held.size() == 1);
    held[0]();
    CHECK(healthy());
    port.reset();
    held[0]();
  }
}
