// An installation moves from SQLite to PostgreSQL: by the real binary, killed in between, and a
// node that continues with it.

#include "tests/e2e/recipient_api.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <vector>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/copy") {
  namespace {

  constexpr size_t published = 3'000;

  struct command_result {
    int code = -1;
    std::string output;
  };

  command_result run(const std::vector<std::string>& arguments, const std::string& log) {
    process command{CARILLON_BINARY, arguments, log};
    command_result out;
    while (auto line = command.read_line())
      out.output += *line + '\n';
    out.code = command.wait(60s).value_or(-1);
    return out;
  }

  void stop(node_process& node) {
    node.child().signal(SIGTERM);
    REQUIRE(node.child().wait(30s) == 0);
  }

  std::vector<std::string> all_of(recipient_api& recipients, const std::string& path,
                                  const char* member) {
    std::vector<std::string> out;
    recipients.each(path, member, [&](const auto& x) { out.push_back(text_of(x)); });
    return out;
  }

  /// Content that must be the same before and after.
  struct content {
    std::vector<std::string> events;
    std::vector<std::string> audit;
    std::vector<std::string> contacts;
    std::vector<std::string> deliveries;
    std::string history;

    explicit content(recipient_api& recipients)
      : events(all_of(recipients, "/api/events?order=asc&limit=1000&endDate=2026-01-01T00:00:00Z",
                      "events")),
        audit(all_of(recipients, "/api/audit?limit=1000&order=asc", "audit")),
        contacts(all_of(recipients, "/api/contacts?limit=1000", "contacts")),
        deliveries(all_of(recipients, "/api/events/webhooks/1/deliveries", "deliveries")),
        history(text_of(
          recipients.api().get("/api/events/deliveries/1-" + std::to_string(published + 1)))) {
    }
  };

  void publish_many(node_process& node) {
    std::string body = "[";
    for (size_t i = 0; i < published; ++i) {
      body += body.size() > 1 ? "," : "";
      body += order_json("e" + std::to_string(i), "acme", R"(,"time":"2025-06-01T00:00:00Z")");
      if (i % 500 != 499)
        continue;
      auto answer = node.data()->Post("/api/events", body + ']', "application/json");
      REQUIRE(answer);
      REQUIRE(answer->status < 300);
      body = "[";
    }
  }

  } // namespace

  TEST_CASE("a node goes on in PostgreSQL where it was in SQLite") {
    temporary_directory where;
    const auto old_dir = where.path() + "/old";
    const auto new_dir = where.path() + "/new";
    const auto from = "sqlite://" + old_dir;
    const auto to = database_for(new_dir, database_content::nothing);
    const auto log = where.path() + "/copy.log";
    REQUIRE_FALSE(to.empty());

    std::unique_ptr<content> before;
    {
      node_process node{
        old_dir, {"--store", from, "--webhooks-allow", "127.0.0.0/8", "--webhooks-allow-http"}};
      REQUIRE(node.ready());
      recipient_api recipients{node};
      recipients.put_contact("u1");
      publish_many(node);
      // Not of events that notifications publish: these would continue while the content is read.
      auto first = recipients.api().create("http://127.0.0.1:1/",
                                           R"(,"types":["order.*"],"retrySchedule":[1])");
      auto second = recipients.api().create("http://127.0.0.1:1/");
      CHECK(recipients.api().admin().Delete(path_of(second))->status == 204);
      auto seq = recipients.api().publish(order_json("late", "c-1"));
      recipients.api().history_with(first, seq, "failed", 2);
      REQUIRE(eventually([&] { return recipients.lag("audit") == 0; }));
      before = std::make_unique<content>(recipients);
      REQUIRE(before->events.size() == published);

      // Not while a node uses it.
      CHECK(run({"copy", "--from", from, "--to", to}, log).code == 1);
      stop(node);
    }

    CHECK(run({"migrate", "status", "--store", to}, log).code == 1);
    auto schema = run({"migrate", "status", "--store", from}, log);
    CHECK(schema.code == 0);
    CHECK(schema.output.find("log ") != std::string::npos);

    // After a kill at any time, a later attempt continues.
    for (auto after : {20ms, 60ms, 150ms}) {
      process copy{CARILLON_BINARY, {"copy", "--from", from, "--to", to}, log};
      static_cast<void>(copy.wait(after));
      copy.signal(SIGKILL);
      static_cast<void>(copy.wait(30s));
    }
    auto copied = run({"copy", "--from", from, "--to", to, "--data-dir", new_dir}, log);
    // An earlier one may have been faster.
    if (copied.code != 0)
      copied.code = run({"migrate", "status", "--store", to}, log).code;
    CHECK(copied.code == 0);
    CHECK(run({"audit", "verify", "--store", to}, log).output.starts_with("valid, "));

    node_process node{old_dir,
                      {"--store", to, "--webhooks-allow", "127.0.0.0/8", "--webhooks-allow-http"}};
    REQUIRE(node.ready());
    recipient_api recipients{node};
    content after{recipients};
    CHECK(after.events == before->events);
    // New rows follow the copied ones.
    REQUIRE(after.audit.size() >= before->audit.size());
    after.audit.resize(before->audit.size());
    CHECK(after.audit == before->audit);
    CHECK(after.contacts == before->contacts);
    CHECK(after.deliveries == before->deliveries);
    CHECK(after.history == before->history);
    CHECK(recipients.api().create("http://127.0.0.1:1/").id == 3);
    CHECK(recipients.api().publish(order_json("next", "acme")) > published);
    REQUIRE(eventually([&] { return recipients.lag("audit") == 0; }));
    auto verdict = recipients.api().get("/api/audit/verify");
    CHECK(verdict["valid"].GetBool());
    stop(node);
  }
}
