// Mails, notifications and documents of the built-in handlers, with the real binary.

#include "tests/e2e/recipient_api.hpp"
#include "tests/net/data/sessions/stream_client.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/recipients") {
  namespace {

  std::string shipped(unsigned n, const std::string& user) {
    return R"({"type":"order.shipped","companyId":"c-1","userId":")" + user
           + R"(","data":{"orderId":"o-)" + std::to_string(n)
           + R"(","carrier":"Post","trackingNumber":"1"}})";
  }

  struct fixture {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    recipient_api recipients{node};

    fixture() {
      REQUIRE_MESSAGE(node.ready(), node.log());
      recipients.put_contact("u-1");
      recipients.put_contact("boss", R"(,"role":"admin")");
    }

    /// Texts of the mails that were written.
    std::vector<std::string> mails() const {
      std::vector<std::string> out;
      auto outbox = dir.path() + "/data/outbox";
      if (std::filesystem::exists(outbox))
        for (const auto& x : std::filesystem::directory_iterator{outbox})
          if (x.path().extension() == ".eml") {
            std::ifstream in{x.path()};
            std::stringstream text;
            text << in.rdbuf();
            out.push_back(text.str());
          }
      return out;
    }

    std::set<std::string> message_ids() const {
      std::set<std::string> out;
      for (const auto& x : mails()) {
        auto at = x.find("\nMessage-ID: ");
        REQUIRE(at != std::string::npos);
        CHECK(out.insert(x.substr(at, x.find('\n', at + 1) - at)).second);
      }
      return out;
    }

    uint64_t notified(const std::string& user) {
      return recipients.api().get("/api/notifications?userId=" + user)["unread"].GetUint64();
    }

    uint64_t audit_rows() {
      uint64_t out = 0;
      // The row that tells the first checkpoint may come at any time.
      recipients.each("/api/audit?limit=1000", "audit", [&](const auto& x) {
        out += std::string_view{x["action"].GetString()} == "evidence.signed" ? 0U : 1U;
      });
      return out;
    }

    bool is_quiet() {
      for (const auto* name : {"audit", "metrics", "email", "notification"})
        if (recipients.lag(name) != 0)
          return false;
      return recipients.jobs_left("email") == 0 && recipients.jobs_left("document") == 0;
    }

    void replay(const std::string& target) {
      auto made = recipients.api().post(
        "/api/events/replay", R"({"filter":{"types":["order.*"]},"target":")" + target + R"("})");
      auto path = "/api/events/replay/" + std::to_string(made["replayId"].GetUint64());
      REQUIRE(eventually(
        [&] { return std::string{recipients.api().get(path)["phase"].GetString()} == "done"; }));
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a replay sends again only what it was asked for") {
    constexpr unsigned count = 5;
    for (unsigned i = 0; i < count; ++i)
      recipients.api().publish(shipped(i, "u-1"));
    REQUIRE(eventually([&] { return mails().size() == count && notified("u-1") == count; }));
    // The announcements are events as well.
    REQUIRE(eventually([&] { return recipients.counters()["notification.sent"] == count; }));
    REQUIRE(eventually([&] { return is_quiet(); }));
    auto counted = recipients.counters();
    auto audited = audit_rows();

    for (const auto* target : {"all", "handlers", "handler/metrics", "handler/audit"})
      replay(target);
    REQUIRE(eventually([&] { return is_quiet(); }));
    CHECK(recipients.counters() == counted);
    // One row for each replay, with its actor.
    CHECK(audit_rows() == audited + 4);
    auto row
      = recipients.api().get("/api/audit?limit=1&action=replay.created")["audit"][0].GetObject();
    CHECK(row["action"] == "replay.created");
    CHECK(row["eventSeq"].IsNull());
    CHECK(text_of(row["detail"]).find("order.*") != std::string::npos);
    CHECK(mails().size() == count);
    CHECK(notified("u-1") == count);

    replay("handler/email");
    REQUIRE(eventually([&] { return mails().size() == 2 * count; }));
    CHECK(message_ids().size() == 2 * count);
    CHECK(notified("u-1") == count);

    replay("handler/notification");
    REQUIRE(eventually([&] { return notified("u-1") == 2 * count; }));
    REQUIRE(eventually([&] { return recipients.counters()["notification.sent"] == 2 * count; }));
    REQUIRE(eventually([&] { return is_quiet(); }));
    CHECK(mails().size() == 2 * count);
    CHECK(recipients.counters()["order.shipped"] == count);
  }

  TEST_CASE_FIXTURE(fixture, "a live session sees its notifications, and those of nobody else") {
    stream_client mine{node.data_port(), "?user=u-1&company=c-1&types=notification.*"};
    stream_client other{node.data_port(), "?user=u-2&company=c-1&types=notification.*"};
    REQUIRE(mine.greeting.status == 200);
    recipients.api().publish(shipped(1, "u-1"));
    recipients.api().publish(shipped(2, "u-2"));
    auto first = mine.event();
    REQUIRE(first);
    CHECK(first->data.find(R"("type":"notification.sent")") != std::string::npos);
    CHECK(first->data.find("Order o-1 shipped") != std::string::npos);
    auto second = other.event();
    REQUIRE(second);
    CHECK(second->data.find("Order o-2 shipped") != std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "users read and mark their own notifications on the data port") {
    recipients.api().publish(shipped(1, "u-1"));
    recipients.api().publish(shipped(2, "u-2"));
    REQUIRE(eventually([&] { return notified("u-1") == 1 && notified("u-2") == 1; }));
    auto ask = [&](const std::string& line) {
      raw_client client{node.data_port()};
      client.send(line + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      return client.read();
    };
    auto mine = ask("GET /api/notifications?user=u-1&company=c-1");
    CHECK(mine.status == 200);
    CHECK(mine.has("Order o-1 shipped"));
    CHECK(!mine.has("Order o-2 shipped"));
    CHECK(ask("GET /api/notifications?user=u-1&company=c-2").has(R"("unread":0)"));
    auto id
      = recipients.api().get("/api/notifications?userId=u-2")["notifications"][0]["id"].GetUint64();
    auto other = "/api/notifications/" + std::to_string(id);
    CHECK(ask("GET " + other + "?user=u-1").status == 404);
    CHECK(ask("POST " + other + "/read?user=u-1").status == 404);
    CHECK(ask("POST /api/notifications/read?user=u-1&company=c-1").body == R"({"read":1})");
    CHECK(notified("u-1") == 0);
    CHECK(notified("u-2") == 1);
    CHECK(ask("POST " + other + "/read?user=u-2").body == R"({"read":1})");
    CHECK(notified("u-2") == 0);
  }

  TEST_CASE_FIXTURE(fixture, "what somebody does not want is not sent, and read is read") {
    recipients.put_contact("u-1", R"(,"muted":{"email":["*"],"notification":["order.updated"]})");
    recipients.api().publish(shipped(1, "u-1"));
    recipients.api().publish(
      R"({"type":"order.updated","companyId":"c-1","userId":"u-1","data":{"orderId":"o-1",)"
      R"("status":"paid","previousStatus":"new"}})");
    REQUIRE(eventually([&] { return notified("u-1") == 1; }));
    REQUIRE(eventually([&] { return is_quiet(); }));
    CHECK(mails().empty());
    CHECK(notified("u-1") == 1);
    auto id
      = recipients.api().get("/api/notifications?userId=u-1")["notifications"][0]["id"].GetUint64();
    recipients.api().post("/api/notifications/" + std::to_string(id) + "/read");
    CHECK(notified("u-1") == 0);
    CHECK(
      recipients.api().get("/api/notifications?userId=u-1&unread=true")["notifications"].Empty());
  }

  TEST_CASE_FIXTURE(fixture, "an order becomes a mail with its sheet, and a document to fetch") {
    recipients.api().publish(
      R"({"type":"order.created","companyId":"c-1","userId":"u-1","data":{"orderId":"o-9",)"
      R"("total":129.5,"currency":"EUR","items":[{"sku":"Glöckchen","quantity":2,"price":64.75}],)"
      R"("status":"new"}})");
    REQUIRE(eventually([&] { return mails().size() == 1 && notified("boss") == 1; }));
    auto mail = mails().front();
    CHECK(mail.find("u-1@example.com") != std::string::npos);
    CHECK(mail.find("application/pdf") != std::string::npos);
    REQUIRE(
      eventually([&] { return recipients.api().get("/api/documents")["documents"].Size() == 1; }));
    auto id = recipients.api().get("/api/documents")["documents"][0]["id"].GetUint64();
    auto file = recipients.api().admin().Get("/api/documents/" + std::to_string(id));
    REQUIRE(file);
    CHECK(file->get_header_value("Content-Type") == "application/pdf");
    std::ofstream{dir.path() + "/sheet.pdf", std::ios::binary} << file->body;
    REQUIRE(std::system(("pdftotext -layout " + dir.path() + "/sheet.pdf").c_str()) == 0);
    std::ifstream in{dir.path() + "/sheet.txt"};
    std::stringstream text;
    text << in.rdbuf();
    for (const auto* x : {"o-9", "Glöckchen", "129.50"})
      CHECK_MESSAGE(text.str().find(x) != std::string::npos, text.str());
  }
}
