#include "net/data/port/follower_gate.hpp"

#include "net/data/port/gate.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace carillon;
using namespace carillon::data;

TEST_SUITE("net/data_port follower gate") {
  namespace {

  using boost::beast::http::verb;

  struct follower_world {
    data_port_options options;
    key_ring keys;
    store_owner owner{"a", "http://10.0.0.1:7070"};
    std::string waits_for;
    std::string key = "ck_publisher";
    std::shared_ptr<const request_judge> at;

    follower_world() {
      options.sessions.origins = {"https://shop.example"};
      keys.replace({api_key{
        .id = 1, .name = "shop", .role = role::publisher, .hash = key_ring::hash_of(key)}});
      at = std::make_shared<const follower_gate>(
        std::make_shared<const gate>(options, keys, nullptr),
        follower_view{[this] { return owner; }, [this] { return waits_for; }}, 1'000);
    }

    admission judge(verb method, const std::string& target, const std::string& origin = {}) const {
      const auto authorization = "Bearer " + key;
      request_head head;
      head.method = method;
      head.target = target;
      head.host = "localhost";
      head.content_type = "application/json";
      head.authorization = authorization;
      if (!origin.empty())
        head.origin = origin;
      return at->judge(head);
    }
  };

  bool has(const whole_answer& x, const std::string& text) {
    return x.body.find(text) != std::string::npos;
  }

  } // namespace

  TEST_CASE("what publishes is let in, and what the owner serves is refused with its address") {
    follower_world w;
    CHECK(w.judge(verb::post, "/api/events").to == route::publish);
    CHECK_FALSE(w.judge(verb::post, "/api/events").refused);
    CHECK(w.judge(verb::get, "/healthz").answer->status == 200);
    for (const auto* target :
         {"/api/notifications?user=u", "/api/notifications/1/read", "/api/jobs", "/api/jobs/1",
          "/api/consumers/x", "/api/consumers/x/pull", "/consume/x", "/in/shop", "/portal/",
          "/portal", "/api/delayed-events/1", "/api/events?publishAt=2030-01-01T00:00:00Z",
          "http://h/api/events?publishAt=2030-01-01T00:00:00Z"}) {
      CAPTURE(target);
      const auto out = w.judge(verb::post, target);
      // Some need another credential: they are refused as on every node.
      if (out.refused) {
        CHECK(
          (out.refused->why.code == ec::unauthenticated || out.refused->why.code == ec::forbidden));
        continue;
      }
      REQUIRE(out.answer);
      CHECK(out.to == route::ready);
      CHECK(out.answer->status == 503);
      CHECK(has(*out.answer, R"("code":"not_owner")"));
      CHECK(has(*out.answer, R"("owner":{"name":"a","address":"http://10.0.0.1:7070"})"));
      CHECK(out.answer->fields.find("Carillon-Active: http://10.0.0.1:7070\r\n")
            != std::string::npos);
      CHECK(out.call == nullptr);
      CHECK_FALSE(out.session);
      CHECK(out.body_limit >= 1'000);
    }
    CHECK(w.judge(verb::get, "/no/such").refused->why.code == ec::not_found);
    w.key = "ck_nobody";
    CHECK(w.judge(verb::post, "/api/jobs").refused->why.code == ec::unauthenticated);
    CHECK(w.judge(verb::post, "/api/events").refused->why.code == ec::unauthenticated);
  }

  TEST_CASE("pages can read the refusal, and preflights are answered") {
    follower_world w;
    CHECK(w.judge(verb::post, "/in/shop", "https://shop.example").cors.find("shop.example")
          != std::string::npos);
    CHECK(w.judge(verb::options, "/api/notifications", "https://shop.example").answer->status
          == 204);
  }

  TEST_CASE("it says that it follows, or what it waits for") {
    follower_world w;
    auto ready = w.judge(verb::get, "/readyz?x=1");
    REQUIRE(ready.answer);
    CHECK(ready.answer->status == 200);
    CHECK(ready.answer->body == R"({"status":"following","waitingFor":null})");
    w.waits_for = "store";
    ready = w.judge(verb::head, "/readyz");
    CHECK(ready.answer->status == 503);
    CHECK(ready.answer->body == R"({"status":"waiting","waitingFor":"store"})");
    CHECK(ready.answer->fields == "Retry-After: 1\r\n");
    CHECK(w.judge(verb::post, "/readyz").refused->why.code == ec::not_found);
  }

  TEST_CASE("an address that is none begins no further field") {
    follower_world w;
    for (const std::string none : {"", "http://a:1\r\nSet-Cookie: x=1", "http://a 1", "\x01"}) {
      w.owner = {none.empty() ? "" : "\"b\r\n", none};
      const auto out = w.judge(verb::post, "/in/shop");
      REQUIRE(out.answer);
      CHECK(out.answer->fields == "Retry-After: 1\r\n");
      CHECK(has(*out.answer, R"("address":null)"));
      CHECK(has(*out.answer, none.empty() ? R"("name":null)" : R"("name":"\"b\r\n")"));
    }
  }
}
