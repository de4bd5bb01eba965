#include "base/time.hpp"
#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/webhooks_deliveries") {
  namespace {

  const std::string delivery
    = R"({"id":"7-42","webhookId":7,"seq":42,"eventId":"o-1","eventType":"order.created",)"
      R"("state":"failed","attempts":6,"lastStatus":500,"lastFault":"","updatedAt":"T"})";

  bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct fixture {
    fake_node node;
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    std::vector<std::vector<std::string>> lines{{"deliveries"},
                                                {"deliveries", "7", "--event", "o-1"},
                                                {"deliveries", "7", "--state", "lost"},
                                                {"deliveries", "x"},
                                                {"deliveries", "0"},
                                                {"delivery"},
                                                {"delivery", "7"},
                                                {"delivery", "7-"},
                                                {"delivery", "07-1"},
                                                {"delivery", "7-1-0"},
                                                {"delivery", "../keys"},
                                                {"resend"},
                                                {"resend", "all"},
                                                {"recover", "7"},
                                                {"recover", "--since", "2h"},
                                                {"recover", "7", "--since", "yesterday"},
                                                {"recover", "7", "--since", "2h", "--until", "x"},
                                                {"recover", "7", "--since", "999999h"}};
    for (auto& line : lines)
      line.insert(line.begin(), "webhooks");
    node.refuses(std::move(lines));
  }

  TEST_CASE_FIXTURE(fixture, "deliveries are a table, or JSON line by line") {
    node.answers({{200, R"({"deliveries":[)" + delivery + R"(],"nextCursor":null})"},
                  {200, R"({"deliveries":[)" + delivery + R"(],"nextCursor":null})"}});
    auto result = node.run({"webhooks", "deliveries", "7", "--state", "failed"});
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("id "));
    CHECK(holds(result.out, "\n7-42 "));
    CHECK(holds(result.out, " 500 "));
    CHECK(node.run({"webhooks", "deliveries", "7", "--json"}).out == delivery + "\n");
    auto line = node.requests()[0].line;
    CHECK(line.starts_with("GET /api/events/webhooks/7/deliveries?"));
    CHECK(holds(line, "state=failed"));
  }

  TEST_CASE_FIXTURE(fixture, "the deliveries of an event") {
    node.answers({{200, R"({"seq":42,"deliveries":[)" + delivery + "]}"},
                  {200, R"({"seq":42,"deliveries":[)" + delivery + "]}"},
                  {200, R"({"seq":42})"}});
    CHECK(holds(node.run({"webhooks", "deliveries", "--event", "o/1"}).out, "\n7-42 "));
    CHECK(node.run({"webhooks", "deliveries", "--event", "42", "--state", "retrying"}).out.empty());
    CHECK(node.run({"webhooks", "deliveries", "--event", "42"}).code == 1);
    CHECK(node.requests()[0].line == "GET /api/events/o%2F1?expand=deliveries");
  }

  TEST_CASE_FIXTURE(fixture, "delivery tells its history, or is JSON") {
    node.answers({{200, delivery}, {200, delivery}});
    CHECK(node.run({"webhooks", "delivery", "7-42"})
            .out.starts_with("delivery 7-42: failed after 6 attempts\n"));
    CHECK(node.run({"webhooks", "delivery", "7-42", "--json"}).out == delivery + "\n");
    CHECK(node.requests()[0].line == "GET /api/events/deliveries/7-42");
  }

  TEST_CASE_FIXTURE(fixture, "resend says when it is due") {
    node.answers({{202, R"({"deliveryId":"7-42-3","dueAt":"T"})"}});
    CHECK(node.run({"webhooks", "resend", "7-42-3"}).out == "delivery 7-42-3 is due T\n");
    CHECK(node.requests()[0].line == "POST /api/events/deliveries/7-42-3/retry");
  }

  TEST_CASE_FIXTURE(fixture, "recover says how many, and whether there are more") {
    node.answers({{202, R"({"resent":1000,"more":true})"}, {202, R"({"resent":1,"more":false})"}});
    auto result = node.run({"webhooks", "recover", "7", "--since", "2026-01-02", "--until",
                            "2026-01-03T04:05:06+01:00"});
    CHECK(result.code == 0);
    CHECK(result.out
          == "1000 deliveries are sent again\nthere are more: run this again when these are "
             "through\n");
    CHECK(node.run({"webhooks", "recover", "7", "--since", "2h"}).out
          == "1 delivery is sent again\n");
    auto asked = node.requests();
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].line == "POST /api/events/webhooks/7/recover");
    CHECK(asked[0].body
          == R"({"since":"2026-01-02T00:00:00.000000Z","until":"2026-01-03T03:05:06.000000Z"})");
    rapidjson::Document body;
    body.Parse(asked[1].body.c_str());
    REQUIRE(body.IsObject());
    auto since = from_rfc3339(body["since"].GetString());
    REQUIRE(since);
    auto ago = wall_clock_now() - *since;
    CHECK(ago >= std::chrono::hours{2});
    CHECK(ago < std::chrono::hours{2} + std::chrono::minutes{5});
  }
}
