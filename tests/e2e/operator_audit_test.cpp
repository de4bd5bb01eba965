// The audit log records operators' actions: actor, action, time and origin.

#include "tests/e2e/recipient_api.hpp"

#include "base/time.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/operator_audit") {
  namespace {

  const std::vector<std::string> options{"--webhooks-allow", "127.0.0.0/8",
                                         "--webhooks-allow-http"};

  /// One row of the chain.
  struct audited {
    std::string action;
    std::string actor;
    std::string origin;
    std::string subject;
    std::string detail;
    timestamp time;
  };

  std::string text_or(const rapidjson::Value& x) {
    return x.IsString() ? x.GetString() : "";
  }

  /// Rows that no event made, in their order.
  std::vector<audited> rows_of(recipient_api& recipients) {
    std::vector<audited> out;
    recipients.each("/api/audit?limit=1000&order=asc", "audit", [&](const auto& x) {
      if (x["eventSeq"].IsNull())
        out.push_back({text_or(x["action"]), text_or(x["actor"]), text_or(x["origin"]),
                       text_or(x["subject"]), text_of(x["detail"]),
                       from_rfc3339(x["time"].GetString()).value()});
    });
    return out;
  }

  /// An operator's action as recorded.
  struct step {
    std::string action;
    std::string subject;
    /// In the detail.
    std::string says;
  };

  /// Exactly these rows are the operator's, with time and origin.
  void check_rows(const std::vector<audited>& rows, const std::string& actor,
                  const std::string& origin, timestamp begun, const std::vector<step>& steps) {
    std::vector<audited> mine;
    for (const auto& x : rows)
      if (x.actor == actor)
        mine.push_back(x);
    REQUIRE(mine.size() == steps.size());
    for (size_t i = 0; i < steps.size(); ++i) {
      CAPTURE(steps[i].action);
      CHECK(mine[i].action == steps[i].action);
      CHECK(mine[i].subject == steps[i].subject);
      CHECK_MESSAGE(mine[i].detail.find(steps[i].says) != std::string::npos, mine[i].detail);
      CHECK(mine[i].origin == origin);
      CHECK(mine[i].time >= begun);
      CHECK(mine[i].time <= wall_clock_now());
    }
  }

  std::string shipped(const std::string& order) {
    return R"({"type":"order.shipped","companyId":"c-1","userId":"u-1","data":{"orderId":")" + order
           + R"(","carrier":"Post","trackingNumber":"1"}})";
  }

  std::string id_in(const rapidjson::Value& x, const char* name = "id") {
    return std::to_string(x[name].GetUint64());
  }

  } // namespace

  TEST_CASE("each change of an operator is one row that says who, what, when and from where") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", options, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto begun = wall_clock_now();
    webhook_api first{node, node.bootstrap_key()};
    auto made = first.post("/api/keys", R"({"name":"ops ü","role":"admin"})");
    auto key = "key:" + id_in(made);
    recipient_api recipients{node, made["key"].GetString()};
    auto& api = recipients.api();
    recipients.put_contact("u-1");
    api.post("/api/jobs/queues/email/pause");
    api.post("/api/consumers/metrics/pause");
    webhook_receiver receiver;
    auto url = receiver.open([](const received_request&, size_t) { return reply::answer(400); });
    auto hook
      = api.create(url, R"(,"types":["order.*"],"retrySchedule":[1],"privateTargets":true)");
    api.publish(shipped("o-1"));
    std::string job;
    REQUIRE(eventually([&] {
      auto jobs = api.get("/api/jobs?kind=email");
      return jobs["jobs"].Size() == 1 && !(job = id_in(jobs["jobs"][0])).empty();
    }));
    api.post("/api/jobs/" + job + "/cancel");
    std::string dead;
    REQUIRE(eventually([&] {
      auto letters = api.get("/api/dead-letters");
      return letters["deadLetters"].Size() == 1
             && !(dead = id_in(letters["deadLetters"][0])).empty();
    }));
    api.post("/api/dead-letters/" + dead + "/discard");
    api.patch(path_of(hook), R"({"description":"changed"})");
    api.post(path_of(hook, "rotate-secret"));
    auto replay = api.post("/api/events/replay",
                           R"({"filter":{"types":["order.*"]},"target":"handler/email"})");
    CHECK(api.admin().Delete(path_of(hook))->status == 204);
    CHECK(api.admin().Delete("/api/contacts/u-1")->status == 204);

    const auto webhook = "webhook:" + std::to_string(hook.id);
    const std::vector<step> steps{
      {"contact.changed", "user:u-1", "email"},
      {"job_queue.paused", "job_queue:email", ""},
      {"consumer.paused", "consumer:metrics", ""},
      {"webhook.created", webhook, url},
      {"job.cancelled", "job:" + job, "email.order_shipped"},
      {"dead_letter.discarded", "dead_letter:" + dead, ""},
      {"webhook.changed", webhook, ""},
      {"webhook.secret_rotated", webhook, ""},
      {"replay.created", "replay:" + id_in(replay, "replayId"), "order.*"},
      {"webhook.deleted", webhook, ""},
      {"contact.deleted", "user:u-1", ""},
    };
    auto rows = rows_of(recipients);
    check_rows(rows, key, "127.0.0.1 (ops ü)", begun, steps);
    // The key by the one before it.
    auto i = std::find_if(rows.begin(), rows.end(), [&](const auto& x) {
      return x.action == "key.created" && x.subject == key;
    });
    REQUIRE(i != rows.end());
    CHECK(i->actor == "key:1");
    CHECK(i->detail.find("ops ü") != std::string::npos);
    CHECK(i->detail.find(made["key"].GetString()) == std::string::npos);
    CHECK(api.get("/api/audit/verify")["valid"].GetBool());
  }

  TEST_CASE("so is each undoing and repeating, and what is refused is none") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", options, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto begun = wall_clock_now();
    recipient_api recipients{node, node.bootstrap_key()};
    auto& api = recipients.api();
    auto made = api.post("/api/keys", R"({"name":"reader","role":"reader","companyId":"c-1"})");
    auto reader = id_in(made);
    webhook_api stranger{node, made["key"].GetString()};
    recipients.put_contact("u-1");
    api.post("/api/jobs/queues/email/pause");
    api.post("/api/consumers/metrics/pause");
    api.post("/api/consumers/metrics/resume");
    webhook_receiver receiver;
    auto url = receiver.open([](const received_request&, size_t) { return reply::answer(400); });
    auto hook
      = api.create(url, R"(,"types":["order.*"],"retrySchedule":[1],"privateTargets":true)");
    auto seq = std::to_string(api.publish(shipped("o-1")));
    std::string job;
    REQUIRE(eventually([&] {
      auto jobs = api.get("/api/jobs?kind=email");
      return jobs["jobs"].Size() == 1 && !(job = id_in(jobs["jobs"][0])).empty();
    }));
    std::string dead;
    REQUIRE(eventually([&] {
      auto letters = api.get("/api/dead-letters");
      return letters["deadLetters"].Size() == 1
             && !(dead = id_in(letters["deadLetters"][0])).empty();
    }));
    // Refused: not found, not possible, not allowed.
    CHECK(api.post_status("/api/jobs/999/cancel") == 404);
    CHECK(api.post_status("/api/dead-letters/999/discard") == 404);
    CHECK(api.patch_status(path_of(hook), R"({"url":"nowhere"})") == 400);
    CHECK(api.admin().Delete("/api/contacts/u-9")->status == 404);
    CHECK(stranger.post_status("/api/jobs/" + job + "/cancel") == 403);
    CHECK(stranger.post_status("/api/dead-letters/" + dead + "/discard") == 403);
    CHECK(stranger.post_status("/api/keys", R"({"name":"x","role":"admin"})") == 403);

    api.post("/api/jobs/" + job + "/retry");
    api.post("/api/jobs/queues/email/resume");
    api.post(path_of(hook, "test"));
    api.post(path_of(hook, "disable"));
    api.post(path_of(hook, "enable"));
    api.post("/api/dead-letters/" + dead + "/retry");
    auto delivery = std::to_string(hook.id) + '-' + seq;
    REQUIRE(api.history_with(hook, api.events_of("order.shipped").front(), "failed", 3).IsObject());
    api.post("/api/events/deliveries/" + delivery + "/retry");
    REQUIRE(api.history_with(hook, api.events_of("order.shipped").front(), "failed", 5).IsObject());
    api.post(path_of(hook, "recover"), R"({"since":")" + to_rfc3339(begun) + R"("})");
    CHECK(api.admin()
            .Put("/api/events/types/shop.opened",
                 R"({"audience":"company","schema":{"type":"object"}})", "application/json")
            ->status
          == 201);
    CHECK(api.admin().Delete("/api/events/types/shop.opened")->status == 204);
    CHECK(api.admin().Delete("/api/keys/" + reader)->status == 204);

    const auto webhook = "webhook:" + std::to_string(hook.id);
    check_rows(rows_of(recipients), "key:1", "127.0.0.1 (first admin)", begun,
               {
                 {"key.created", "key:" + reader, R"("role":"reader")"},
                 {"contact.changed", "user:u-1", "email"},
                 {"job_queue.paused", "job_queue:email", ""},
                 {"consumer.paused", "consumer:metrics", ""},
                 {"consumer.resumed", "consumer:metrics", ""},
                 {"webhook.created", webhook, url},
                 {"job.retried", "job:" + job, "email.order_shipped"},
                 {"job_queue.resumed", "job_queue:email", ""},
                 {"webhook.tested", webhook, ""},
                 {"webhook.disabled", webhook, "operator"},
                 {"webhook.enabled", webhook, ""},
                 {"dead_letter.retried", "dead_letter:" + dead, "webhook"},
                 {"webhook.delivery_resent", webhook, delivery},
                 {"webhook.recovered", webhook, "since"},
                 {"type.registered", "type:shop.opened", "company"},
                 {"type.deleted", "type:shop.opened", ""},
                 {"key.deleted", "key:" + reader, "reader"},
               });
    for (const auto& x : rows_of(recipients))
      CHECK(x.actor != "key:" + reader);
    CHECK(api.get("/api/audit/verify")["valid"].GetBool());
  }
}
