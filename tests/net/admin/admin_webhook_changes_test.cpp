#include "tests/net/admin/admin_fixture.hpp"

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_webhook_changes") {

  namespace {

  constexpr const char* list_path = "/api/events/webhooks";
  constexpr const char* one_path = "/api/events/webhooks/1";

  } // namespace

  TEST_CASE("a webhook is registered with all that can be set") {
    admin_fixture f;
    auto made = f.post(list_path, R"({"companyId":"acme","url":"https://a.example/in?x=1",
    "types":["order.*","user.login","order.*"],"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "ordered":true,"maxInFlight":4,"ratePerSecond":0.5,"retrySchedule":[1,86400],
    "headers":{"X-Team":"a b","X-Empty":""},"description":"für Leute"})");
    REQUIRE(made.status == 201);
    CHECK(made.field("Location") == one_path);
    REQUIRE(f.data.created_webhooks.size() == 1);
    const auto& asked = f.data.created_webhooks.front();
    const auto& s = asked.settings;
    CHECK(s.company_id == "acme");
    CHECK(s.url == "https://a.example/in?x=1");
    REQUIRE(s.types.size() == 2);
    CHECK(s.types[1].text() == "user.login");
    CHECK(s.ordered);
    CHECK(s.max_in_flight == 4);
    CHECK(s.rate_per_second == 0.5);
    CHECK(
      s.retry.schedule
      == std::vector<std::chrono::seconds>{std::chrono::seconds{1}, std::chrono::seconds{86'400}});
    CHECK(s.headers
          == std::vector<std::pair<std::string, std::string>>{{"X-Team", "a b"}, {"X-Empty", ""}});
    CHECK(s.description == "für Leute");
    CHECK(asked.secret == test::known_secret);
    CHECK(asked.by.who == "key:3");
    CHECK(asked.by.from == "127.0.0.1");
    CHECK(made.text("/secret") == test::known_secret);
    CHECK(made.text("/publicKey").empty());
    CHECK(made.text("/companyId") == "acme");
    CHECK(made.text("/headers/X-Empty") == "***");
    CHECK(made.size("/types") == 2);
    CHECK(made.text("/description") == "für Leute");
  }

  TEST_CASE("a webhook needs no more than a URL") {
    admin_fixture f;
    auto made = f.post(list_path, R"({"url":"http://a.example"})");
    REQUIRE(made.status == 201);
    auto plain = webhook_settings{};
    plain.url = "http://a.example";
    CHECK(f.data.created_webhooks.front().settings == plain);
    CHECK(f.data.created_webhooks.front().secret.empty());
    CHECK(f.data.created_webhooks.front().kind == webhook_secret_kind::hmac);
    CHECK(made.text("/secret").starts_with("whsec_"));
    CHECK(made.is_null("/companyId"));
    CHECK(made.number("/maxInFlight") == 8);
    CHECK(made.size("/retrySchedule") == 5);
  }

  TEST_CASE("settings at their limits are taken") {
    admin_fixture f;
    auto repeated = [](size_t n, const std::string& item) {
      std::string out = item;
      for (size_t i = 1; i < n; ++i)
        out += ',' + item;
      return out;
    };
    std::string headers;
    for (int i = 0; i < 20; ++i)
      headers
        += (i > 0 ? ",\"X-" : "\"X-") + std::to_string(i) + "\":\"" + std::string(2'048, 'v') + '"';
    for (const auto& member :
         {std::string{R"("maxInFlight":1)"}, std::string{R"("maxInFlight":64)"},
          std::string{R"("ratePerSecond":0)"}, std::string{R"("ratePerSecond":0.001)"},
          std::string{R"("ratePerSecond":10000)"}, std::string{R"("retrySchedule":[])"},
          R"("retrySchedule":[)" + repeated(20, "86400") + ']', std::string{R"("types":[])"},
          R"("types":[)" + repeated(100, R"("*")") + ']', R"("headers":{)" + headers + '}',
          std::string{R"("headers":{})"}, R"("description":")" + std::string(512, 'd') + '"'}) {
      CAPTURE(member);
      CHECK(f.post(list_path, R"({"url":"https://a.example/",)" + member + '}').status == 201);
      CHECK(f.patch(one_path, '{' + member + '}').status == 200);
    }
  }

  TEST_CASE("who signs with Ed25519 is told the public key") {
    admin_fixture f;
    auto made = f.post(list_path, R"({"url":"https://a.example/","kind":"ed25519"})");
    REQUIRE(made.status == 201);
    CHECK(f.data.created_webhooks.front().kind == webhook_secret_kind::ed25519);
    auto secret = parse_webhook_secret(made.text("/secret"));
    REQUIRE(secret.has_value());
    CHECK(secret->kind == webhook_secret_kind::ed25519);
    CHECK(made.text("/publicKey") == public_text(*secret).value());
    auto own = to_text(make_webhook_secret(webhook_secret_kind::ed25519).value()).value();
    auto given = f.post(list_path, R"({"url":"https://a.example/","secret":")" + own + "\"}");
    CHECK(given.text("/secret") == own);
    CHECK(given.text("/publicKey").starts_with("whpk_"));
  }

  TEST_CASE("a bound admin registers webhooks of its own company only") {
    admin_fixture f;
    auto send = [&](const char* company) {
      return f.send("POST", list_path, f.admin_a,
                    std::string{R"({"url":"https://a.example/")"} + company + '}');
    };
    CHECK(send("").text("/companyId") == "A");
    CHECK(send(R"(,"companyId":"A")").text("/companyId") == "A");
    for (const auto* other : {R"(,"companyId":"B")", R"(,"companyId":"")"}) {
      auto refused = send(other);
      CHECK(refused.status == 403);
      CHECK(refused.text("/field") == "companyId");
    }
    CHECK(f.data.created_webhooks.size() == 2);
    for (const auto& x : f.data.created_webhooks)
      CHECK(x.settings.company_id == "A");
  }

  TEST_CASE("a change changes what it names") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A").settings.description = "before";
    auto now = f.patch(one_path, R"({"maxInFlight":2,"types":["user.*"]})");
    CHECK(now.status == 200);
    CHECK(now.number("/maxInFlight") == 2);
    CHECK(now.text("/types/0") == "user.*");
    CHECK(now.text("/description") == "before");
    CHECK(now.text("/headers/Authorization") == "***");
    REQUIRE(f.data.updated_webhooks.size() == 1);
    const auto& asked = f.data.updated_webhooks.front();
    CHECK(asked.id == 1);
    CHECK(!asked.company_id);
    CHECK(asked.by.who == "key:3");
    const auto& x = asked.change;
    CHECK((x.max_in_flight && x.types));
    CHECK((!x.url && !x.ordered && !x.rate_per_second && !x.retry && !x.headers && !x.description));
    CHECK(f.patch(one_path, R"({"url":"https://b.example/","ordered":true,"ratePerSecond":1,
    "retrySchedule":[9],"headers":{},"description":""})")
            .status
          == 200);
    const auto& all = f.data.updated_webhooks.back().change;
    CHECK((all.url && all.ordered && all.rate_per_second && all.retry && all.headers));
    CHECK(all.headers->empty());
    CHECK(all.description == "");
    CHECK(f.patch(one_path, "{}").status == 200);
  }

  TEST_CASE("a webhook is disabled, enabled and deleted") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    auto off = f.post(std::string{one_path} + "/disable");
    CHECK(off.status == 200);
    CHECK(!off.is_true("/enabled"));
    CHECK(off.text("/disabledReason") == "operator");
    auto on = f.post(std::string{one_path} + "/enable", "{}");
    CHECK(on.is_true("/enabled"));
    CHECK(on.is_null("/disabledReason"));
    auto gone = f.remove(one_path);
    CHECK(gone.status == 204);
    CHECK(gone.body.empty());
    CHECK(f.remove(one_path).status == 404);
    CHECK(f.get(one_path).status == 404);
    CHECK(f.data.stamps.size() == 3);
  }

  TEST_CASE("a secret is rotated with a grace of a day unless another is given") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    const auto path = std::string{one_path} + "/rotate-secret";
    auto plain = f.post(path);
    CHECK(plain.status == 200);
    CHECK(plain.body
          == R"({"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)"
             R"("oldExpiresAt":"1970-01-02T00:00:00.000000Z"})");
    CHECK(f.data.rotated.secret.empty());
    CHECK(f.data.rotated.by.who == "key:3");
    CHECK(f.post(path, "{}").text("/oldExpiresAt") == "1970-01-02T00:00:00.000000Z");
    auto own = to_text(make_webhook_secret(webhook_secret_kind::ed25519).value()).value();
    auto given = f.post(path, R"({"secret":")" + own + R"(","graceSeconds":0})");
    CHECK(given.text("/secret") == own);
    CHECK(given.text("/publicKey").starts_with("whpk_"));
    CHECK(given.text("/oldExpiresAt") == "1970-01-01T00:00:00.000000Z");
    CHECK(f.data.rotated.secret == own);
    CHECK(f.post(path, R"({"graceSeconds":604800})").text("/oldExpiresAt")
          == "1970-01-08T00:00:00.000000Z");
  }

  TEST_CASE("a test answers what came of it, good or bad") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    auto response = std::make_shared<http_response>();
    response->status = 204;
    response->remote_address = "192.0.2.1:443";
    response->phases
      = {.dns_ms = 1.5, .connect_ms = 2, .tls_ms = 3, .first_byte_ms = 4, .total_ms = 5};
    f.data.tested
      = {.number = 1, .at = from_micros(1), .url = "https://a.example/", .response = response};
    auto good = f.post(std::string{one_path} + "/test");
    CHECK(good.status == 200);
    CHECK(good.body
          == R"({"number":1,"at":"1970-01-01T00:00:00.000001Z","trigger":"live",)"
             R"("url":"https://a.example/","status":204,"outcome":"delivered","error":null,)"
             R"("remoteAddress":"192.0.2.1:443","phases":{"dnsMs":1.5,"connectMs":2.0,"tlsMs":3.0,)"
             R"("firstByteMs":4.0,"totalMs":5.0},"responseBody":"","nextAttemptAt":null,)"
             R"("nextReason":""})");
    auto fault = std::make_shared<http_response>();
    fault->fault = http_fault::dns;
    fault->error = "a.example has no address";
    f.data.tested.response = fault;
    auto bad = f.post(std::string{one_path} + "/test");
    CHECK(bad.status == 200);
    CHECK(bad.is_null("/status"));
    CHECK(bad.text("/outcome") == "dns");
    CHECK(bad.text("/error") == "a.example has no address");
    CHECK(bad.is_null("/phases/dnsMs"));
    CHECK(bad.is_null("/remoteAddress"));
    CHECK(f.post(std::string{one_path} + "/test", R"({"url":"x"})").text("/field") == "url");
  }

  TEST_CASE("what failed since a time is sent again") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    for (position i = 1; i <= 4; ++i)
      test::add_delivery(f.data, {1, i}, "A").delivery.state
        = i > 1 ? webhook_delivery_state::failed : webhook_delivery_state::delivered;
    const auto path = std::string{one_path} + "/recover";
    auto some = f.post(path, R"({"since":"2026-11-01T02:00:00+02:00"})");
    CHECK(some.status == 202);
    CHECK(some.body == R"({"resent":3,"more":false})");
    CHECK(f.data.recovered.since == *from_rfc3339("2026-11-01T00:00:00Z"));
    CHECK(!f.data.recovered.until);
    CHECK(f.data.recovered.limit == 1'000);
    CHECK(f.data.recovered.by.who == "key:3");
    f.data.more_to_recover = true;
    auto more = f.post(path, R"({"since":"2026-11-01T00:00:00Z","until":"2026-11-01T00:00:01Z"})");
    CHECK(more.is_true("/more"));
    CHECK(f.data.recovered.until == from_rfc3339("2026-11-01T00:00:01Z"));
  }
}
