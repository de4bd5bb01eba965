// An unreachable mail server.

#include "tests/e2e/recipient_api.hpp"
#include "tests/peers/mail_box.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("peers/mail_outage") {
  namespace {

  std::string shipped(unsigned n) {
    return R"({"type":"order.shipped","companyId":"c-1","userId":"u-1","data":{"orderId":"o-)"
           + std::to_string(n) + R"(","carrier":"Post","trackingNumber":"1"}})";
  }

  /// Of the queue `email`.
  rapidjson::Document mail_queue(recipient_api& recipients) {
    rapidjson::Document out;
    auto all = recipients.api().get("/api/jobs/queues");
    for (const auto& x : all["queues"].GetArray())
      if (x["queue"] == "email")
        out.CopyFrom(x, out.GetAllocator());
    REQUIRE(out.IsObject());
    return out;
  }

  } // namespace

  TEST_CASE("a dead mail server delays nothing but mail, and the queue drains when it returns") {
    constexpr unsigned count = 200;
    std::string url;
    uint16_t port = 0;
    {
      smtp_peer gone{{}};
      port = gone.port();
      url = "smtp://127.0.0.1:" + std::to_string(port);
    }
    temporary_directory dir;
    node_process node{dir.path() + "/data", {"--mail", url}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    recipient_api recipients{node};
    recipients.put_contact("u-1");
    webhook_receiver receiver;
    auto hook = receiver.open();
    recipients.api().create(hook, R"(,"types":["order.*"])");
    for (unsigned i = 0; i < count; ++i)
      recipients.api().publish(shipped(i));

    for (const auto* name : {"audit", "metrics", "email", "notification"})
      CHECK(eventually([&] { return recipients.lag(name) == 0; }));
    CHECK(eventually([&] { return receiver.count(hook) == count; }));
    CHECK(eventually([&] {
      return recipients.api().get("/api/notifications?userId=u-1")["unread"].GetUint64() == count;
    }));
    CHECK(recipients.counters()["order.shipped"] == count);
    CHECK(eventually([&] { return recipients.api().admin().Get("/readyz")->status == 200; }));
    // The unreachable server is reported, and its jobs have not failed.
    CHECK(eventually([&] { return mail_queue(recipients)["unavailable"].IsString(); }));
    auto queue = mail_queue(recipients);
    CHECK(queue["queued"].GetUint64() + queue["running"].GetUint64() == count);
    CHECK(queue["dead"].GetUint64() == 0);
    CHECK_FALSE(queue["nextTry"].IsNull());
    auto jobs = recipients.api().get("/api/jobs?kind=email&limit=1000");
    REQUIRE(jobs["jobs"].Size() == count);
    for (const auto& x : jobs["jobs"].GetArray())
      CHECK(x["attempts"].GetUint64() <= 1); // 1: under way
    MESSAGE("the queue says: ", std::string{queue["unavailable"].GetString()});

    mail_box box{port};
    CHECK(eventually([&] { return box.count() == count; }, 50s));
    CHECK(eventually([&] { return recipients.jobs_left("email") == 0; }));
    CHECK(mail_queue(recipients)["unavailable"].IsNull());
    for (const auto& [id, copies] : box.mails())
      CHECK(copies.size() == 1);
  }
}
