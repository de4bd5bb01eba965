#include "net/admin/operations.hpp"
#include "net/admin/portal/portal_calls.hpp"
#include "tests/net/admin/portal_fixture.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace carillon;
using carillon::test::admin_answer;
using carillon::test::portal_fixture;

TEST_SUITE("net/portal_access") {
  namespace {

  /// The path of a call with what belongs to A (1) or B (2).
  std::string path_of_call(std::string_view pattern, int of) {
    std::string out{pattern};
    auto number = std::to_string(of);
    auto id
      = pattern.find("/deliveries/") != std::string_view::npos ? number + '-' + number : number;
    for (auto [name, value] : {std::pair{"{id}", id},
                               {"{type}", std::string{"order.created"}},
                               {"{name}", std::string{"audit"}},
                               {"{file}", std::string{"console.js"}},
                               {"{queue}", std::string{"email"}},
                               {"{source}", std::string{"shop"}},
                               {"{userId}", "u-" + number},
                               {"{seq}", number}})
      if (auto at = out.find(name); at != std::string::npos)
        out.replace(at, std::string_view{name}.size(), value);
    REQUIRE(out.find('{') == std::string::npos);
    return out;
  }

  /// What a call needs to be understood, for those of the portal.
  std::string body_of_call(std::string_view method, std::string_view pattern) {
    if (pattern.ends_with("/recover"))
      return R"({"since":"2026-11-01T00:00:00Z"})";
    if (method == "POST" && pattern == "/api/events/webhooks")
      return R"({"url":"https://a.example/"})";
    if (method == "PATCH")
      return R"({"description":"x"})";
    return {};
  }

  admin_answer call(portal_fixture& f, const admin::operation& x, const std::string& token,
                    int of = 1) {
    return f.send(std::string{x.method}, "/portal" + path_of_call(x.pattern, of), token,
                  body_of_call(x.method, x.pattern));
  }

  } // namespace

  TEST_CASE("of all calls of the admin port a token makes those of the portal and no other") {
    portal_fixture f;
    f.populate();
    auto token = f.token();
    size_t made = 0;
    for (const auto& x : admin::operations()) {
      // `/portal/` is the portal itself.
      if (x.pattern == "/")
        continue;
      CAPTURE(x.method);
      CAPTURE(x.pattern);
      auto status = call(f, x, token).status;
      auto known = admin::portal_call_of(x) != nullptr;
      if (known) {
        ++made;
        // What went before may have deleted it.
        CHECK((status < 300 || status == 404));
      } else {
        CHECK(status == 404);
      }
      // The call that deletes makes room for what follows.
      auto guard = f.operators.lock();
      if (f.operators.data.webhooks.empty() || f.operators.data.webhooks.front().webhook.id != 1) {
        test::add_webhook(f.operators.data, 1, "A");
        std::swap(f.operators.data.webhooks.front(), f.operators.data.webhooks.back());
      }
    }
    CHECK(made == admin::portal_calls().size());
  }

  TEST_CASE("the admin port takes a token for nothing") {
    portal_fixture f;
    auto token = f.token();
    for (const auto& x : admin::operations()) {
      CAPTURE(x.pattern);
      if (x.needs == admin::permission::open)
        continue;
      auto got = f.operators.send(std::string{x.method}, path_of_call(x.pattern, 1), token);
      CHECK(got.status == 401);
    }
    // And the data port for nothing but the portal.
    for (const auto* path : {"/api/events", "/api/jobs", "/api/consumers/a/pull"})
      CHECK(f.send("POST", path, token, "{}").status == 401);
  }

  TEST_CASE("a token without a right does what every token does") {
    portal_fixture f;
    f.populate();
    auto token = f.token("[]");
    for (const auto& x : admin::operations())
      if (const auto* y = admin::portal_call_of(x)) {
        CAPTURE(x.method);
        CAPTURE(x.pattern);
        auto got = call(f, x, token);
        CHECK(got.status == (y->needs ? 403 : 200));
      }
    auto guard = f.operators.lock();
    CHECK(f.operators.data.stamps.empty());
  }

  TEST_CASE("each right is for its own calls") {
    portal_fixture f;
    f.populate();
    for (const auto& [right, name] : portal_right_names) {
      CAPTURE(name);
      // The company has three tokens at a time.
      f.operators.ahead = f.operators.ahead.load() + std::chrono::minutes{2};
      auto token = f.token("[\"" + std::string{name} + "\"]");
      for (const auto& x : admin::operations())
        if (const auto* y = admin::portal_call_of(x); y != nullptr && y->needs) {
          CAPTURE(x.pattern);
          auto status = call(f, x, token).status;
          CHECK((status == 403) == (*y->needs != right));
        }
    }
  }

  TEST_CASE("another company's webhooks and deliveries are not there") {
    portal_fixture f;
    f.populate();
    auto token = f.token();
    for (const auto& x : admin::operations()) {
      if (admin::portal_call_of(x) == nullptr || x.pattern.find("{id}") == std::string_view::npos)
        continue;
      CAPTURE(x.method);
      CAPTURE(x.pattern);
      auto theirs = call(f, x, token, 2);
      auto nobodys = call(f, x, token, 7);
      CHECK(theirs.status == 404);
      CHECK(theirs.body == nobodys.body);
    }
    auto list = f.send("GET", "/portal/api/events/webhooks", token);
    CHECK(list.status == 200);
    CHECK(list.size("/webhooks") == 1);
    CHECK(list.body.find("\"B\"") == std::string::npos);
    CHECK(f.send("GET", "/portal/api/events/webhooks?companyId=B", token).status == 403);
    CHECK(f.send("GET", "/portal/api/events/webhooks?companyId=", token).status == 400);
    auto made = f.send("POST", "/portal/api/events/webhooks", token,
                       R"({"url":"https://a.example/","companyId":"B"})");
    CHECK(made.status == 403);
    auto wide = f.send("POST", "/portal/api/events/webhooks", token,
                       R"({"url":"https://a.example/","privateTargets":true})");
    CHECK(wide.status == 403);
    auto guard = f.operators.lock();
    CHECK(f.operators.data.created_webhooks.empty());
    CHECK(f.operators.data.stamps.empty());
  }

  TEST_CASE("what a token registers is its company's") {
    portal_fixture f;
    auto token = f.token(R"(["endpoints"])");
    auto made = f.send("POST", "/portal/api/events/webhooks", token,
                       R"({"url":"https://a.example/","types":["order.*"]})");
    CHECK(made.status == 201);
    CHECK(made.text("/companyId") == "A");
    CHECK(made.text("/secret").starts_with("whsec_"));
    auto guard = f.operators.lock();
    REQUIRE(f.operators.data.created_webhooks.size() == 1);
    CHECK(f.operators.data.created_webhooks[0].settings.company_id == "A");
    CHECK(f.operators.data.created_webhooks[0].private_targets == false);
  }

  TEST_CASE("paths lead out of the portal by no way of writing them") {
    portal_fixture f;
    auto token = f.token();
    for (const auto* path :
         {"/portal/api", "/portal/api/", "/portal/api/../api/keys", "/portal//api/keys",
          "/portal/api//keys", "/portal/api/%2e%2e/api/keys", "/portal/api%2Fkeys",
          "/portal/api/events%2Fwebhooks", "/portal/metrics", "/portal/api/keys",
          "/portal/openapi.yaml", "/portal/api/me/", "/portal/api/events/webhooks/1/../../keys",
          "/portal/portal/api/me", "/portalx", "/portal/console/console.js", "/portal/healthz"}) {
      CAPTURE(path);
      CHECK(f.send("GET", path, token).status == 404);
    }
    CHECK(f.send("GET", "/portal/api/%zz", token).status == 400);
    CHECK(f.send("GET", "/portal/api/me?x=1", token).status == 400);
    CHECK(f.send("GET", "/portal/api/me", token).status == 200);
  }

  TEST_CASE("pages of other origins call nothing, whatever origins may open sessions") {
    portal_fixture f;
    auto token = f.token();
    auto own = "http://127.0.0.1:" + std::to_string(f.port());
    CHECK(f.send("GET", "/portal/api/me", token, {}, {{"Origin", own}}).status == 200);
    for (const auto* origin : {"https://app.example", "https://evil.example", "null"}) {
      CAPTURE(origin);
      auto got = f.send("GET", "/portal/api/me", token, {}, {{"Origin", origin}});
      CHECK(got.status == 403);
      CHECK(got.text("/field") == "Origin");
      CHECK(got.field("Access-Control-Allow-Origin").empty());
      auto asked = f.send("OPTIONS", "/portal/api/me", {}, {},
                          {{"Origin", origin},
                           {"Access-Control-Request-Method", "POST"},
                           {"Access-Control-Request-Headers", "authorization"}});
      CHECK(asked.status >= 400);
      CHECK(asked.field("Access-Control-Allow-Origin").empty());
    }
    // A form of another page cannot send JSON.
    CHECK(f.send("POST", "/portal/api/events/webhooks", token, R"({"url":"https://a.example/"})",
                 {{"Content-Type", "text/plain"}})
            .status
          == 415);
  }

  TEST_CASE("without keys the portal is called as localhost only") {
    portal_fixture f;
    f.operators.keys.admit_everyone();
    auto made
      = f.operators.send("POST", "/api/portal-tokens", "", R"({"companyId":"A","may":["test"]})");
    REQUIRE(made.status == 201);
    auto token = made.text("/token");
    CHECK(f.send("GET", "/portal/api/me", token).status == 200);
    CHECK(f.send("GET", "/portal/api/me", "").status == 401);
    for (const auto* path : {"/portal/api/me", "/portal/"})
      CHECK(f.send("GET", path, token, {}, {{"Host", "evil.example"}}).status == 403);
    // A page elsewhere makes no token on the admin port either.
    CHECK(f.operators
            .send("POST", "/api/portal-tokens", "", R"({"companyId":"A","may":[]})",
                  {{"Origin", "https://evil.example"}})
            .status
          == 403);
  }

  TEST_CASE("a company registers so many endpoints, in turns or at once") {
    portal_fixture f;
    auto token = f.token();
    std::vector<std::thread> threads;
    std::atomic<int> made{0};
    std::atomic<int> refused{0};
    for (int i = 0; i < 6; ++i)
      threads.emplace_back([&] {
        auto status
          = f.send("POST", "/portal/api/events/webhooks", token, R"({"url":"https://a.example/"})")
              .status;
        (status == 201 ? made : refused) += 1;
      });
    for (auto& x : threads)
      x.join();
    CHECK(made == 3);
    CHECK(refused == 3);
    auto again
      = f.send("POST", "/portal/api/events/webhooks", token, R"({"url":"https://a.example/"})");
    CHECK(again.status == 429);
    CHECK(again.code() == "quota_exceeded");
    // An operator has no such limit.
    CHECK(
      f.operators.post("/api/events/webhooks", R"({"url":"https://a.example/","companyId":"A"})")
        .status
      == 201);
  }

  TEST_CASE("refused accesses are told, without a token's text") {
    portal_fixture f;
    auto token = f.token("[]");
    f.send("GET", "/portal/api/me", "");
    f.send("GET", "/portal/api/events/webhooks/3", "pt_forged.forged");
    f.send("DELETE", "/portal/api/events/webhooks/3", token);
    auto heard = f.refusals();
    REQUIRE(heard.size() == 3);
    CHECK(heard[0].why.code == ec::unauthenticated);
    CHECK(heard[0].action == "GET /portal/api/me");
    CHECK(heard[1].action == "GET /portal/api/events/webhooks/{id}");
    CHECK(heard[1].who.empty());
    CHECK(heard[2].why.code == ec::forbidden);
    CHECK(heard[2].who.starts_with("portal:"));
    for (const auto& x : heard)
      CHECK((x.who + x.action + x.why.detail).find("pt_forged") == std::string::npos);
  }
}
