#include "tests/net/admin/admin_fixture.hpp"

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_webhook_targets") {

  namespace {

  constexpr const char* list_path = "/api/events/webhooks";
  constexpr const char* one_path = "/api/events/webhooks/1";

  } // namespace

  TEST_CASE("what can never be called is refused at the door, by registration and change") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    for (const std::string url :
         {"https://example.com:99999/", "https://example.com:0/", "https://[::1", "https://a..b/",
          "https://1.2.3.4.5/", "https://a\\u2100b.example/", "https://exa!mple.com/"}) {
      CAPTURE(url);
      const auto body = R"({"url":")" + url + R"(","secret":"new"})";
      auto made = f.post(list_path, R"({"url":")" + url + "\"}");
      CHECK(made.status == 400);
      CHECK(made.text("/field") == "url");
      auto changed = f.patch(one_path, body);
      CHECK(changed.status == 400);
      CHECK(changed.text("/field") == "url");
    }
    CHECK(f.data.created_webhooks.empty());
    CHECK(f.data.updated_webhooks.empty());
  }

  TEST_CASE("an internationalized host is converted, and shown as it is called") {
    admin_fixture f;
    auto made = f.post(list_path, R"({"url":"https://bücher.example/in"})");
    CHECK(made.status == 201);
    CHECK(made.text("/url") == "https://xn--bcher-kva.example/in");
    auto path = f.post(list_path, R"({"url":"https://example.com/bücher"})");
    CHECK(path.status == 400);
    CHECK(path.text("/detail").find("path") != std::string::npos);
  }

  TEST_CASE("private targets are given by who is bound to no company") {
    admin_fixture f;
    auto given = f.post(list_path, R"({"url":"https://a.example/","privateTargets":true})");
    CHECK(given.status == 201);
    CHECK(given.is_true("/privateTargets"));
    CHECK(f.data.created_webhooks.back().private_targets == true);
    // Not given: the node's default.
    CHECK(f.post(list_path, R"({"url":"https://a.example/"})").status == 201);
    CHECK(!f.data.created_webhooks.back().private_targets);
    CHECK(f.patch(one_path, R"({"privateTargets":false})").status == 200);
    CHECK(f.data.updated_webhooks.back().change.private_targets == false);
    CHECK(f.patch(one_path, R"({"privateTargets":1})").text("/field") == "privateTargets");
  }

  TEST_CASE("a company's admin never gets private targets") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    auto refused = f.send("POST", list_path, f.admin_a,
                          R"({"url":"http://127.0.0.1:9/api/keys","privateTargets":true})");
    CHECK(refused.status == 403);
    CHECK(refused.text("/field") == "privateTargets");
    CHECK(f.send("PATCH", one_path, f.admin_a, R"({"privateTargets":true})").status == 403);
    CHECK(f.data.created_webhooks.empty());
    CHECK(f.data.updated_webhooks.empty());
    // The node's default does not apply to a company's webhooks.
    CHECK(f.send("POST", list_path, f.admin_a, R"({"url":"https://a.example/"})").status == 201);
    CHECK(f.data.created_webhooks.back().private_targets == false);
  }

  TEST_CASE("a change may bring a secret for another host, or have one made") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    auto named = f.patch(one_path, R"({"url":"https://b.example/","headers":{},
    "secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})");
    CHECK(named.status == 200);
    CHECK(f.data.updated_webhooks.back().secret == test::known_secret);
    CHECK(named.body.find("whsec_") == std::string::npos);
    auto made = f.patch(one_path, R"({"url":"https://b.example/","headers":{},"secret":"new"})");
    CHECK(made.status == 200);
    CHECK(f.data.updated_webhooks.back().secret == "");
    CHECK(made.text("/secret") == test::known_secret);
    CHECK(f.patch(one_path, R"({"description":"x"})").status == 200);
    CHECK(!f.data.updated_webhooks.back().secret);
    CHECK(f.patch(one_path, R"({"secret":"old"})").text("/field") == "secret");
    CHECK(f.patch(one_path, R"({"secret":null})").text("/field") == "secret");
  }

  TEST_CASE("patterns that match no known type are taken with a warning") {
    admin_fixture f;
    auto made
      = f.post(list_path, R"({"url":"https://a.example/","types":["ordr.created","order.*","*"]})");
    CHECK(made.status == 201);
    REQUIRE(made.size("/warnings") == 1);
    CHECK(made.text("/warnings/0")
          == "no known event type matches ordr.created; is order.created meant?");
    CHECK(made.size("/types") == 3);
    auto changed = f.patch(one_path, R"({"types":["odrer.*","own.thing","order.created"]})");
    REQUIRE(changed.size("/warnings") == 2);
    CHECK(changed.text("/warnings/0") == "no known event type matches odrer.*; is order.* meant?");
    CHECK(changed.text("/warnings/1") == "no known event type matches own.thing");
    auto plain = f.post(list_path, R"({"url":"https://a.example/"})");
    CHECK(plain.size("/warnings") == 0);
    CHECK(f.patch(one_path, R"({"description":"x"})").body.find("warnings") == std::string::npos);
  }

  TEST_CASE(
    "a tenant sees one outcome for names that do not exist and those that may not be called") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    std::set<std::string> seen;
    for (auto fault : {http_fault::dns, http_fault::address_refused}) {
      auto response = std::make_shared<http_response>();
      response->fault = fault;
      response->error = "said to operators: " + std::string{to_string(fault)};
      response->phases = {.dns_ms = fault == http_fault::dns ? -1.0 : 3.0, .total_ms = 7.0};
      f.data.deliveries.clear();
      auto& history = test::add_delivery(f.data, {1, 1}, "A");
      history.delivery.state = webhook_delivery_state::failed;
      history.delivery.last_status = 0;
      history.delivery.last_fault = fault;
      history.attempts.front().response = response;
      f.data.tested = history.attempts.front();
      const std::vector<std::pair<std::string, std::string>> calls{
        {"GET", "/api/events/deliveries/1-1"},
        {"GET", std::string{one_path} + "/deliveries"},
        {"POST", std::string{one_path} + "/test"}};
      for (const auto& [method, path] : calls) {
        CAPTURE(path);
        auto tenant = f.send(method, path, f.admin_a, {});
        CHECK(tenant.status == 200);
        CHECK(tenant.body.find("unreachable") != std::string::npos);
        CHECK(tenant.body.find("operators") == std::string::npos);
        seen.insert(tenant.body);
        auto everybody = f.send(method, path, f.admin, {});
        CHECK(everybody.body.find(to_string(fault)) != std::string::npos);
      }
      auto history_seen = f.send("GET", "/api/events/deliveries/1-1", f.admin_a, {});
      CHECK(history_seen.text("/attempts/0/outcome") == "unreachable");
      for (const char* phase : {"/attempts/0/phases/dnsMs", "/attempts/0/phases/totalMs"})
        CHECK(history_seen.is_null(phase));
    }
    // The two cannot be distinguished.
    CHECK(seen.size() == 3);
  }
}
