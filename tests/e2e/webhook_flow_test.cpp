#include "tests/e2e/webhook_api.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/webhook_flow") {
  namespace {

  struct fixture {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    webhook_receiver receiver;
    webhook_api api{node};

    fixture() {
      REQUIRE_MESSAGE(node.ready(), node.log());
    }

    bool arrives(const std::string& url, size_t count) {
      return eventually([&] { return receiver.count(url) >= count; });
    }
  };

  /// The JSON that came in.
  rapidjson::Document body_of(const received_request& x) {
    rapidjson::Document out;
    out.Parse(x.body.c_str(), x.body.size());
    return out;
  }

  std::string now_text(std::chrono::seconds ago) {
    auto at = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() - ago);
    std::tm parts{};
    gmtime_r(&at, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "an event is signed, delivered and explained") {
    auto url = receiver.open();
    auto hook = api.create(url, R"(,"companyId":"c-1","types":["order.*"])"
                                R"(,"headers":{"X-Shop":"mine"},"description":"shop")");
    CHECK(hook.secret.starts_with("whsec_"));
    api.publish(order_json("other", "c-2"));
    auto seq = api.publish(order_json("o-1", "c-1", R"(,"userId":"u-1")"));
    REQUIRE(arrives(url, 1));

    auto got = receiver.received(url).front();
    CHECK(got.id == "msg_" + std::to_string(seq));
    CHECK(is_signed_by(got, {hook.secret}));
    CHECK(got.head.starts_with("POST /hook HTTP/1.1\r\n"));
    CHECK(got.field("content-type") == "application/json");
    CHECK(got.field("x-shop") == "mine");
    CHECK(got.field("user-agent").starts_with("Carillon/"));
    CHECK(got.field("carillon-replay").empty());
    auto body = body_of(got);
    CHECK(body["type"] == "order.created");
    CHECK(body["data"]["orderId"] == "o-1");
    CHECK(body["companyId"] == "c-1");
    CHECK(body["userId"] == "u-1");
    CHECK(body["seq"].GetUint64() == seq);
    CHECK(body["id"] == "o-1");
    CHECK(body["timestamp"].IsString());

    auto history = api.history_with(hook, seq, "delivered");
    REQUIRE(history["attempts"].Size() == 1);
    const auto& attempt = history["attempts"][0];
    CHECK(attempt["trigger"] == "live");
    CHECK(attempt["status"].GetInt() == 204);
    CHECK(attempt["outcome"] == "delivered");
    CHECK(std::string{attempt["remoteAddress"].GetString()}.starts_with("127.0.0.1:"));
    CHECK(attempt["phases"]["totalMs"].GetDouble() > 0.0);
    CHECK(attempt["nextAttemptAt"].IsNull());
    CHECK(history["nextAttemptAt"].IsNull());

    auto all = api.get(path_of(hook, "deliveries"));
    REQUIRE(all["deliveries"].Size() == 1);
    CHECK(all["deliveries"][0]["eventId"] == "o-1");
    CHECK(api.get(path_of(hook, "deliveries?state=failed"))["deliveries"].Size() == 0);
    auto expanded = api.get("/api/events/o-1?expand=deliveries");
    REQUIRE(expanded["deliveries"].Size() == 1);
    CHECK(expanded["deliveries"][0]["id"] == history["id"]);
    CHECK(api.get("/api/events/other?expand=deliveries")["deliveries"].Size() == 0);
    CHECK(receiver.count(url) == 1);
    // A secret is shown once, a header's value never.
    auto shown = text_of(api.get(path_of(hook)));
    CHECK(shown.find("whsec_") == std::string::npos);
    CHECK(shown.find("mine") == std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "a test event arrives and is not in the log") {
    auto url = receiver.open();
    auto hook = api.create(url);
    auto answer = api.post(path_of(hook, "test"));
    CHECK(answer["outcome"] == "delivered");
    REQUIRE(receiver.count(url) == 1);
    auto got = receiver.received(url).front();
    CHECK(got.id.starts_with("msg_test_"));
    CHECK(is_signed_by(got, {hook.secret}));
    CHECK(body_of(got)["type"] == "webhook.test");
    CHECK(api.events_of("webhook.test").empty());

    auto nobody = api.create(receiver.refuse());
    CHECK(api.post(path_of(nobody, "test"))["outcome"] == "connect");
  }

  TEST_CASE_FIXTURE(fixture, "a disabled webhook gets nothing, and everything once enabled") {
    auto url = receiver.open();
    auto witness = receiver.open();
    auto hook = api.create(url);
    auto other = api.create(witness);
    auto disabled = api.post(path_of(hook, "disable"));
    CHECK_FALSE(disabled["enabled"].GetBool());
    CHECK(disabled["disabledReason"] == "operator");
    std::vector<uint64_t> seqs;
    seqs.reserve(20);
    for (int i = 0; i < 20; ++i)
      seqs.push_back(api.publish(order_json("o-" + std::to_string(i), "c-1")));
    REQUIRE(arrives(witness, 20));
    CHECK(receiver.count(url) == 0);
    CHECK(api.post(path_of(hook, "enable"))["enabled"].GetBool());
    REQUIRE(arrives(url, 20));
    auto got = accepted_seqs(receiver, url);
    std::sort(got.begin(), got.end());
    CHECK(got == seqs);
    CHECK(receiver.count(witness) == 20);
    api.history_with(other, seqs.back(), "delivered");
  }

  TEST_CASE_FIXTURE(fixture, "what failed for good is recovered") {
    auto url = receiver.open([](const received_request&, size_t) { return reply::answer(500); });
    auto hook = api.create(url, R"(,"companyId":"c-1","types":["order.*"],"retrySchedule":[])");
    auto since = now_text(60s);
    std::vector<uint64_t> seqs;
    seqs.reserve(3);
    for (int i = 0; i < 3; ++i)
      seqs.push_back(api.publish(order_json("o-" + std::to_string(i), "c-1")));
    for (auto seq : seqs)
      api.history_with(hook, seq, "failed");
    receiver.behave(url, {});
    auto recovered = api.post(path_of(hook, "recover"), R"({"since":")" + since + R"("})");
    CHECK(recovered["resent"].GetUint64() == 3);
    for (auto seq : seqs) {
      auto history = api.history_with(hook, seq, "delivered", 2);
      CHECK(history["attempts"][0]["trigger"] == "live");
      CHECK(history["attempts"][1]["trigger"] == "manual");
    }
    CHECK(receiver.count(url) == 6);
    // On a busy machine the attempt was seen before the letter had gone.
    CHECK(eventually([&] { return api.get("/api/dead-letters")["deadLetters"].Size() == 0; }));
    auto nothing = api.post(path_of(hook, "recover"), R"({"since":")" + since + R"("})");
    CHECK(nothing["resent"].GetUint64() == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a replay to one webhook arrives there, marked") {
    auto url = receiver.open();
    auto beside = receiver.open();
    auto seq = api.publish(order_json("o-1", "c-1"));
    auto hook = api.create(url);
    api.create(beside);
    auto made
      = api.post("/api/events/replay", R"({"filter":{"types":["order.*"]},"target":"webhook/)"
                                         + std::to_string(hook.id) + R"("})");
    CHECK(made["matched"].GetUint64() == 1);
    REQUIRE(arrives(url, 1));
    auto got = receiver.received(url).front();
    CHECK(got.id == "msg_" + std::to_string(seq));
    CHECK(got.field("carillon-replay") == std::to_string(made["replayId"].GetUint64()));
    CHECK(is_signed_by(got, {hook.secret}));
    auto progress = "/api/events/replay/" + std::to_string(made["replayId"].GetUint64());
    CHECK(eventually([&] { return api.get(progress)["phase"] == "done"; }));
    CHECK(receiver.count(url) == 1);
    CHECK(receiver.count(beside) == 0);
    REQUIRE(
      eventually([&] { return api.get(path_of(hook, "deliveries"))["deliveries"].Size() == 1; }));
    auto all = api.get(path_of(hook, "deliveries"));
    CHECK(all["deliveries"][0]["replayId"] == made["replayId"]);
  }

  TEST_CASE_FIXTURE(fixture, "a company's key neither sees nor triggers another's") {
    auto ours = receiver.open();
    auto theirs = receiver.open();
    auto a = api.create(ours, R"(,"companyId":"a")");
    auto b = api.create(theirs, R"(,"companyId":"b")");
    auto of_b = api.publish(order_json("b-1", "b"));
    api.history_with(b, of_b, "delivered");
    auto key = api.post("/api/keys", R"({"name":"a","role":"admin","companyId":"a"})");
    node.child().signal(SIGTERM);
    REQUIRE(node.child().wait() == 0);

    node_process secured{
      dir.path() + "/data", {"--webhooks-allow-http", "--webhooks-allow", "127.0.0.0/8"}, true};
    REQUIRE_MESSAGE(secured.ready(), secured.log());
    webhook_api tenant{secured, key["key"].GetString()};
    auto list = tenant.get("/api/events/webhooks");
    REQUIRE(list["webhooks"].Size() == 1);
    CHECK(list["webhooks"][0]["id"].GetUint64() == a.id);
    for (const char* action : {"", "deliveries"})
      CHECK(tenant.admin().Get(path_of(b, action))->status == 404);
    for (const char* action : {"enable", "disable", "test", "rotate-secret"})
      CHECK(tenant.post_status(path_of(b, action)) == 404);
    CHECK(tenant.post_status(path_of(b, "recover"), R"({"since":"2020-01-01T00:00:00Z"})") == 404);
    CHECK(tenant.patch_status(path_of(b), R"({"ordered":true})") == 404);
    CHECK(tenant.admin().Delete(path_of(b))->status == 404);
    auto delivery = "/api/events/deliveries/" + std::to_string(b.id) + "-" + std::to_string(of_b);
    CHECK(tenant.admin().Get(delivery)->status == 404);
    CHECK(tenant.post_status(delivery + "/retry") == 404);
    CHECK(tenant.post_status("/api/events/webhooks", R"({"companyId":"b","url":")" + theirs + "\"}")
          == 403);
    // A webhook without a company would get the events of all companies.
    auto made = tenant.create("https://receiver.invalid/");
    CHECK(tenant.get(path_of(made))["companyId"] == "a");
    // Only an admin of the node grants a webhook the targets that the operator permits, never a
    // company's admin.
    auto inside = R"({"url":")" + receiver.open() + "\"}";
    CHECK(tenant.post_status("/api/events/webhooks", inside) == 400);
    inside.insert(1, R"("privateTargets":true,)");
    CHECK(tenant.post_status("/api/events/webhooks", inside) == 403);
    CHECK(tenant.patch_status(path_of(made), R"({"privateTargets":true})") == 403);
    // Nor is the permission kept for another URL.
    auto keys
      = R"({"url":"http://127.0.0.1:)" + std::to_string(secured.admin_port()) + R"(/api/keys"})";
    CHECK(tenant.patch_status(path_of(a), keys) == 400);
    CHECK(tenant.get(path_of(a))["privateTargets"].GetBool());
    auto replayed
      = tenant.admin().Post("/api/events/replay",
                            R"({"eventIds":[)" + std::to_string(of_b) + R"(],"target":"webhook/)"
                              + std::to_string(a.id) + "\"}",
                            "application/json");
    REQUIRE(replayed);
    CHECK(replayed->status >= 400);
    auto of_a = tenant.publish(order_json("a-1", "a"));
    tenant.history_with(a, of_a, "delivered");
    CHECK(receiver.count(theirs) == 1);
    CHECK(accepted_seqs(receiver, ours) == std::vector<uint64_t>{of_a});
  }

  TEST_CASE_FIXTURE(fixture, "changes are audited, attempts are counted") {
    auto url = receiver.open();
    auto hook = api.create(url, R"(,"companyId":"c-1")");
    api.patch(path_of(hook), R"({"description":"other"})");
    api.post(path_of(hook, "rotate-secret"));
    api.post(path_of(hook, "disable"));
    api.post(path_of(hook, "enable"));
    auto seq = api.publish(order_json("o-1", "c-1"));
    api.history_with(hook, seq, "delivered");
    auto metrics = api.admin().Get("/metrics")->body;
    CHECK(metrics.find("carillon_webhook_delivery_seconds_count 1\n") != std::string::npos);
    api.post("/api/events/deliveries/" + std::to_string(hook.id) + "-" + std::to_string(seq)
             + "/retry");
    api.history_with(hook, seq, "delivered", 2);
    metrics = api.admin().Get("/metrics")->body;
    CHECK(metrics.find("carillon_webhook_attempts_total{outcome=\"delivered\"} 2")
          != std::string::npos);
    for (const std::string name :
         {"carillon_webhook_attempt_seconds_count 2", "carillon_webhook_in_flight 0",
          "carillon_webhooks{state=\"registered\"} 1", "carillon_webhooks_disabled_total 0"})
      CHECK_MESSAGE(metrics.find(name) != std::string::npos, name);
    CHECK(api.admin().Delete(path_of(hook))->status == 204);
    CHECK(api.admin().Get(path_of(hook))->status == 404);
    std::set<std::string> actions;
    auto rows = api.get("/api/audit?limit=100");
    for (const auto& x : rows["audit"].GetArray())
      if (x["subject"] == rapidjson::Value{rapidjson::StringRef("webhook:1")}
          || std::string{x["action"].GetString()}.starts_with("webhook."))
        actions.insert(x["action"].GetString());
    for (const std::string action :
         {"webhook.created", "webhook.changed", "webhook.secret_rotated", "webhook.disabled",
          "webhook.enabled", "webhook.delivery_resent", "webhook.deleted"})
      CHECK_MESSAGE(actions.count(action) == 1, action);
    CHECK(api.get("/api/audit/verify")["valid"].GetBool());
    // Nothing is sent to a deleted webhook.
    auto witness = api.create(receiver.open());
    api.history_with(witness, api.publish(order_json("o-2", "c-1")), "delivered");
    CHECK(receiver.count(url) == 2);
  }
}
