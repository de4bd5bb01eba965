#include "tests/e2e/recipient_api.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace carillon::test;

// A chain of events that the engine publishes must end, with any failures (faults 11.1).

TEST_SUITE("e2e/consequences") {
  namespace {

  struct fixture {
    temporary_directory dir;
    std::string data = dir.path() + "/data";

    static std::map<std::string, size_t> types_of(recipient_api& api) {
      std::map<std::string, size_t> out;
      api.each("/api/events?limit=1000", "events",
               [&](const auto& x) { ++out[x["type"].GetString()]; });
      return out;
    }

    /// Nothing is running, and nothing is due soon.
    static bool is_quiet(recipient_api& api) {
      const auto consumers = api.api().get("/api/consumers");
      for (const auto& x : consumers["consumers"].GetArray())
        if (x["lag"].GetUint64() > 0)
          return false;
      const auto metrics = api.api().admin().Get("/metrics");
      return metrics && metrics->body.find("carillon_webhook_in_flight 0") != std::string::npos;
    }

    /// Waits until the log has not grown for longer than the engine would pause.
    static uint64_t settled_head(recipient_api& api) {
      uint64_t head = 0;
      int still = 0;
      eventually([&] {
        const auto page = api.api().get("/api/events?limit=1");
        const auto now = page["events"].Empty() ? 0 : page["events"][0]["seq"].GetUint64();
        still = now == head && is_quiet(api) ? still + 1 : 0;
        head = now;
        return still > 100;
      });
      CHECK(still > 100);
      return head;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "webhooks that are down and an admin do not feed each other") {
    node_process node{data};
    REQUIRE_MESSAGE(node.ready(), node.log());
    recipient_api api{node};
    api.put_contact("boss", R"(,"role":"admin")");
    // Port 9 (discard) is not served on loopback.
    for (int i = 0; i < 2; ++i)
      api.api().create("http://127.0.0.1:9/" + std::to_string(i),
                       R"(,"companyId":"c-1","types":["*"],"retrySchedule":[])");
    api.api().publish(R"({"type":"order.shipped","companyId":"c-1","data":{"orderId":"o-1",
      "carrier":"dhl","trackingNumber":"1"}})");
    // One report of each webhook, one notification for each of them, and each of these announced.
    CHECK(eventually([&] { return types_of(api)["webhook.delivery_exhausted"] == 2; }));
    const auto head = settled_head(api);
    auto types = types_of(api);
    CHECK(head <= 5);
    CHECK(types["webhook.delivery_exhausted"] == 2);
    CHECK(types["notification.sent"] == 2);
    // More events that fail in the same state cause no further notification.
    for (int i = 0; i < 5; ++i)
      api.api().publish(order_json("more-" + std::to_string(i), "c-1"));
    CHECK(eventually([&] { return types_of(api)["webhook.delivery_exhausted"] == 12; }));
    settled_head(api);
    // The admin is notified of the orders, but not again of the webhooks.
    CHECK(types_of(api)["notification.sent"] == 2 + 5);
  }

  TEST_CASE_FIXTURE(fixture, "with all receivers down, all mail refused, and admins everywhere") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    // No server answers there: mail is postponed, and not retried within the test.
    node_process node{data, {"--mail", "smtp://127.0.0.1:9"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    recipient_api api{node};
    constexpr size_t companies = 3;
    constexpr size_t webhooks = 6;
    constexpr size_t admins = 4;
    // All contacts belong to one company: the others' events have no recipients.
    for (size_t i = 0; i < admins; ++i)
      api.put_contact("admin-" + std::to_string(i), R"(,"role":"admin")");
    for (size_t i = 0; i < webhooks; ++i)
      api.api().create("http://127.0.0.1:9/" + std::to_string(i),
                       R"(,"retrySchedule":[],"types":["*"],"companyId":"c-)"
                         + std::to_string(i % companies) + "\"");
    constexpr size_t published = 40;
    const std::vector<std::string> bodies{
      R"("type":"order.created","data":{"orderId":"o","total":1,"items":[],"status":"new"})",
      R"("type":"order.shipped","data":{"orderId":"o","carrier":"x","trackingNumber":"1"})",
      R"("type":"order.cancelled","data":{"orderId":"o","reason":"no"})",
      R"("type":"inventory.low_stock","data":{"productId":"p","sku":"s","quantity":1,"threshold":2})",
      R"("type":"user.registered","data":{"email":"u@example.org","role":"user"})",
      R"("type":"payment.failed","data":{"paymentId":"p","orderId":"o","amount":1,"currency":"EUR","reason":"no"})"};
    for (size_t i = 0; i < published; ++i)
      api.api().publish("{" + bodies[random() % bodies.size()] + R"(,"companyId":"c-)"
                        + std::to_string(random() % companies) + R"(","userId":"admin-)"
                        + std::to_string(random() % admins) + "\"}");
    const auto head = settled_head(api);
    const auto types = types_of(api);
    // Each event: at most two webhooks of its company report it, and both reports and the event
    // notify the admins and a user, whose notifications are announced.
    const size_t reports = published * (webhooks / companies);
    const size_t recipients = admins + 1;
    CHECK(head <= published + reports + (published + reports) * recipients);
    CHECK(types.at("webhook.delivery_exhausted") <= reports);
    CHECK_MESSAGE(!types.contains("handler.dead_lettered"), head);
  }
}
