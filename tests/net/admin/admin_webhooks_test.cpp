#include "tests/net/admin/admin_fixture.hpp"

#include <array>

using namespace carillon;
using carillon::test::admin_answer;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_webhooks") {

  namespace {

  constexpr const char* list_path = "/api/events/webhooks";
  constexpr const char* one_path = "/api/events/webhooks/1";

  /// Adds webhooks 1 … n, odd ones of company A, even ones of B, the last without a company.
  void add_webhooks(admin_fixture& f, uint64_t n) {
    auto guard = f.lock();
    for (uint64_t i = 1; i <= n; ++i)
      test::add_webhook(f.data, i, i == n ? "" : i % 2 == 1 ? "A" : "B");
  }

  /// A call of each route that names webhook 1.
  struct one_call {
    const char* method;
    const char* path;
    const char* body;
  };

  constexpr auto calls_of_one = std::to_array<one_call>({
    {"GET", "", ""},
    {"PATCH", "", R"({"description":"x"})"},
    {"DELETE", "", ""},
    {"POST", "/rotate-secret", ""},
    {"POST", "/test", ""},
    {"POST", "/enable", ""},
    {"POST", "/disable", ""},
    {"POST", "/recover", R"({"since":"2026-11-01T00:00:00Z"})"},
    {"GET", "/deliveries", ""},
  });

  } // namespace

  TEST_CASE("webhooks are listed in pages, by order and company") {
    admin_fixture f;
    add_webhooks(f, 5);
    auto first = f.get(std::string{list_path} + "?limit=2");
    REQUIRE(first.status == 200);
    CHECK(first.size("/webhooks") == 2);
    CHECK(first.number("/webhooks/0/id") == 5);
    CHECK(first.is_null("/webhooks/0/companyId"));
    CHECK(first.text("/webhooks/1/companyId") == "B");
    auto second = f.get(std::string{list_path} + "?limit=2&cursor=" + first.text("/nextCursor"));
    CHECK(second.number("/webhooks/0/id") == 3);
    auto last = f.get(std::string{list_path} + "?limit=2&cursor=" + second.text("/nextCursor"));
    CHECK(last.number("/webhooks/0/id") == 1);
    CHECK(last.is_null("/nextCursor"));
    auto up = f.get(std::string{list_path} + "?order=asc&companyId=B");
    CHECK(up.size("/webhooks") == 2);
    CHECK(up.number("/webhooks/0/id") == 2);
    for (const auto* query : {"?limit=0", "?order=up", "?cursor=x", "?types=order.*"})
      CHECK(f.get(std::string{list_path} + query).status == 400);
  }

  TEST_CASE("a webhook is shown with its settings, secrets and status") {
    admin_fixture f;
    {
      auto guard = f.lock();
      auto& x = test::add_webhook(f.data, 1, "A");
      x.settings.types = {*type_pattern::parse("order.*"), *type_pattern::parse("user.login")};
      x.settings.ordered = true;
      x.settings.max_in_flight = 3;
      x.settings.rate_per_second = 2.5;
      x.settings.retry.schedule = {std::chrono::seconds{5}, std::chrono::seconds{60}};
      x.settings.description = "for \"people\"";
      x.enabled = false;
      x.disabled_reason = "failing";
      x.failing_since = from_micros(7'000'000);
      auto& status = f.data.webhook_statuses[1];
      status.running = true;
      status.consumer.cursor = 40;
      status.consumer.lag = 2;
      status.consumer.lag_seconds = 1.5;
      status.consumer.in_flight = 3;
      status.consumer.retrying = 4;
      status.consumer.dead_letters = 5;
      status.consumer.delivered = 6;
      status.consumer.failed = 7;
      status.consumer.last_error = "HTTP 500";
      status.consumer.last_progress = from_micros(8'000'000);
    }
    auto shown = f.send("GET", one_path, f.reader);
    CHECK(shown.status == 200);
    CHECK(shown.body
          == R"({"id":1,"companyId":"A","url":"https://receiver.example/in",)"
             R"("types":["order.*","user.login"],"enabled":false,"disabledReason":"failing",)"
             R"("failingSince":"1970-01-01T00:00:07.000000Z","ordered":true,"maxInFlight":3,)"
             R"("ratePerSecond":2.5,"retrySchedule":[5,60],"headers":{"Authorization":"***"},)"
             R"("description":"for \"people\"","privateTargets":false,)"
             R"("filter":null,"message":null,)"
             R"("createdAt":"1970-01-01T00:00:01.000000Z",)"
             R"("updatedAt":"1970-01-01T00:00:02.000000Z",)"
             R"("secrets":[{"createdAt":"1970-01-01T00:00:03.000000Z","expiresAt":null},)"
             R"({"createdAt":"1970-01-01T00:00:01.000000Z",)"
             R"("expiresAt":"1970-01-01T00:00:04.000000Z"}],)"
             R"("status":{"running":true,"cursor":40,"lag":2,"lagSeconds":1.5,"inFlight":3,)"
             R"("retrying":4,"deadLetters":5,"delivered":6,"failed":7,"lastError":"HTTP 500",)"
             R"("lastProgress":"1970-01-01T00:00:08.000000Z"}})");
  }

  TEST_CASE("what is empty of a webhook is shown as null") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "");
    auto shown = f.get(one_path);
    for (const auto* pointer : {"/companyId", "/disabledReason", "/failingSince",
                                "/status/lastError", "/status/lastProgress"})
      CHECK(shown.is_null(pointer));
    CHECK(shown.is_true("/enabled"));
    CHECK(shown.size("/types") == 0);
  }

  TEST_CASE("what names no webhook is not found, by every call") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    for (const auto* id : {"2", "0", "x", "-1", "1.0", "18446744073709551617", "%20"})
      for (const auto& x : calls_of_one) {
        auto path = std::string{list_path} + '/' + id + x.path;
        CAPTURE(x.method);
        CAPTURE(path);
        auto absent = f.send(x.method, path, f.admin, x.body);
        CHECK(absent.status == 404);
        CHECK(absent.code() == "not_found");
      }
    CHECK(f.data.stamps.empty());
  }

  TEST_CASE("another company's webhook is answered exactly like one that does not exist") {
    admin_fixture f;
    add_webhooks(f, 3);
    for (const auto& x : calls_of_one) {
      CAPTURE(x.method);
      CAPTURE(x.path);
      auto of = [&](const char* id) {
        return f.send(x.method, std::string{list_path} + '/' + id + x.path, f.admin_a, x.body);
      };
      auto absent = of("77");
      CHECK(absent.status == 404);
      // Of B, and of every company.
      for (const auto* id : {"2", "3"}) {
        auto hidden = of(id);
        CHECK(hidden.status == 404);
        CHECK(hidden.body == absent.body);
      }
    }
    CHECK(f.data.webhooks.size() == 3);
    CHECK(f.data.stamps.empty());
    auto own = f.send("GET", list_path, f.reader_a);
    CHECK(own.size("/webhooks") == 1);
    CHECK(own.number("/webhooks/0/id") == 1);
  }

  TEST_CASE("a bound admin does with its own webhook what it likes") {
    admin_fixture f;
    add_webhooks(f, 3);
    for (const auto& x : calls_of_one)
      if (std::string_view{x.method} != "DELETE") {
        CAPTURE(x.path);
        auto status = f.send(x.method, std::string{one_path} + x.path, f.admin_a, x.body).status;
        CHECK((status == 200 || status == 202));
      }
    CHECK(f.send("DELETE", one_path, f.admin_a).status == 204);
    REQUIRE(!f.data.stamps.empty());
    for (const auto& x : f.data.stamps)
      CHECK(x.who == "key:5");
  }

  TEST_CASE("no answer holds a secret or the value of a header, but that to its making") {
    admin_fixture f;
    auto made
      = f.post(list_path, R"({"url":"https://a.example/","secret":")"
                            + std::string{test::known_secret} + R"(","headers":{"Authorization":")"
                            + std::string{test::header_value} + R"("}})");
    REQUIRE(made.status == 201);
    CHECK(made.text("/secret") == test::known_secret);
    CHECK(made.body.find(test::header_value) == std::string::npos);
    test::add_delivery(f.data, {1, 1}, "A");
    f.add_events(1);
    std::vector<admin_answer> answers;
    for (const auto* path : {"/api/events/webhooks", "/api/events/webhooks/1",
                             "/api/events/webhooks/1/deliveries", "/api/events/deliveries/1-1",
                             "/api/events/1?expand=deliveries,handlers", "/metrics", "/api/audit"})
      answers.push_back(f.get(path));
    answers.push_back(f.patch(one_path, R"({"description":"changed"})"));
    for (const auto* action : {"/disable", "/enable", "/test"})
      answers.push_back(f.post(std::string{one_path} + action));
    for (const auto& x : answers) {
      CHECK(x.status == 200);
      CHECK(x.body.find(test::known_secret.substr(6)) == std::string::npos);
      CHECK(x.body.find(test::sealed_text) == std::string::npos);
      CHECK(x.body.find(test::header_value) == std::string::npos);
    }
    CHECK(f.get(one_path).text("/headers/Authorization") == "***");
  }

  TEST_CASE("a refusal does not repeat a secret or the value of a header") {
    admin_fixture f;
    const std::string begin = R"({"url":"https://a.example/",)";
    for (const auto* member :
         {R"("secret":"whsec_hush+hush!"})", R"("secret":"hush"})", R"("secret":"whpk_hush"})",
          R"("headers":{"Host":"hush"}})", R"("headers":{"X-A":"hush\r\n"}})",
          R"("headers":{"X-A":["hush"]}})"}) {
      CAPTURE(member);
      auto refused = f.post(list_path, begin + member);
      CHECK(refused.status == 400);
      CHECK(refused.body.find("hush") == std::string::npos);
    }
  }

  TEST_CASE("a node on which webhooks do not run says so") {
    admin_fixture f{admin_fixture::defaults(), false};
    f.add_events(1);
    auto check = [&](const admin_answer& x) {
      CHECK(x.status == 503);
      CHECK(x.code() == "store_unavailable");
      CHECK(x.text("/detail") == "webhooks do not run here");
    };
    check(f.get(list_path));
    check(f.post(list_path, R"({"url":"https://a.example/"})"));
    for (const auto& x : calls_of_one) {
      CAPTURE(x.method);
      CAPTURE(x.path);
      check(f.send(x.method, std::string{one_path} + x.path, f.admin, x.body));
    }
    check(f.get("/api/events/deliveries/1-1"));
    check(f.send("GET", "/api/events/deliveries/1-1", f.reader_a));
    check(f.post("/api/events/deliveries/1-1/retry"));
    check(f.get("/api/events/1?expand=deliveries"));
    CHECK(f.get("/api/events/1").status == 200);
  }

  TEST_CASE("a store that fails is answered as such, by every change") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    f.data.broken = true;
    CHECK(f.post(list_path, R"({"url":"https://a.example/"})").status == 503);
    for (const auto& x : calls_of_one)
      if (std::string_view{x.method} != "GET")
        CHECK(f.send(x.method, std::string{one_path} + x.path, f.admin, x.body).status == 503);
  }
}
