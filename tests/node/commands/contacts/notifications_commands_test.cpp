#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/notifications_commands") {
  namespace {

  const std::string one
    = R"({"id":8,"userId":"u-1","companyId":"c-1","kind":"order.shipped","eventSeq":3,)"
      R"("title":"Order o-9\u001B[2J shipped","body":"On its way.","link":"/orders/o-9",)"
      R"("createdAt":"2026-01-02T03:04:05.000000Z","readAt":null})";
  const std::string other
    = R"({"id":7,"userId":"u-1","companyId":null,"kind":"system.maintenance","eventSeq":null,)"
      R"("title":"Maintenance","body":"Soon.","link":null,)"
      R"("createdAt":"2026-01-02T03:04:04.000000Z","readAt":"2026-01-03T00:00:00.000000Z"})";

  bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct fixture {
    fake_node node;
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses({{"notifications"},
                  {"notifications", "send", "7"},
                  {"notifications", "list"},
                  {"notifications", "list", "u-1"},
                  {"notifications", "list", "--user", ""},
                  {"notifications", "list", "--user", "u-1", "--limit", "0"},
                  {"notifications", "read"},
                  {"notifications", "show"},
                  {"notifications", "show", "7", "--user", ""},
                  {"notifications", "read", "0"},
                  {"notifications", "read", "x"},
                  {"notifications", "read", "7", "8"},
                  {"notifications", "read-all"},
                  {"notifications", "read-all", "--user", "u\n1"}});
  }

  TEST_CASE("each has a help") {
    for (const auto* name : {"list", "show", "read", "read-all"}) {
      auto result = test::run_command({"notifications", name, "--help"});
      CHECK(result.code == 0);
      CHECK(holds(result.out, "--json"));
      CHECK(holds(result.out, "--admin-url"));
    }
  }

  TEST_CASE_FIXTURE(fixture, "list is a table, or JSON line by line, page by page") {
    const std::string first = R"({"notifications":[)" + one + R"(],"unread":1,"nextCursor":"abc"})";
    const std::string last = R"({"notifications":[)" + other + R"(],"unread":1,"nextCursor":null})";
    node.answers({{200, first}, {200, last}, {200, first}, {200, last}});
    auto result = node.run({"notifications", "list", "--user", "u-1", "--all"});
    CAPTURE(result.out);
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("id "));
    CHECK(holds(result.out, "\n8          2026-01-02T03:04:05.000000Z  unread order.shipped       "
                            "         Order o-9\\x1b[2J shipped\n"));
    CHECK(
      holds(result.out, "\n7          2026-01-02T03:04:04.000000Z  read   system.maintenance "));
    CHECK(holds(node.requests()[0].line, "userId=u-1"));
    CHECK_FALSE(holds(node.requests()[0].line, "unread"));
    CHECK(holds(node.requests()[1].line, "cursor=abc"));
    auto json = node.run({"notifications", "list", "--json", "--all", "--user", "u/1", "--unread",
                          "--company", "c-1"});
    CHECK(json.out == one + "\n" + other + "\n");
    for (const auto* part : {"userId=u%2F1", "unread=true", "companyId=c-1"})
      CHECK(holds(node.requests()[2].line, part));
  }

  TEST_CASE_FIXTURE(fixture, "an empty list prints nothing") {
    node.answers({{200, R"({"notifications":[],"unread":0,"nextCursor":null})"}});
    auto result = node.run({"notifications", "list", "--user", "u-1"});
    CHECK(result.code == 0);
    CHECK(result.out.empty());
  }

  TEST_CASE_FIXTURE(fixture, "show prints one, and both it and read may name whose it is") {
    node.answers({{200, R"({"id":7,"userId":"u-1","companyId":null,"kind":"order.created",)"
                        R"("eventSeq":3,"title":"x\u001B[2J","body":"b","link":null,)"
                        R"("createdAt":"2026-01-02T03:04:05.000000Z","readAt":null})"},
                  {200, R"({"read":1})"}});
    auto shown = node.run({"notifications", "show", "7", "--user", "u-1"});
    CHECK(shown.code == 0);
    CHECK(shown.out.find("title        x\\x1b[2J\n") != std::string::npos);
    CHECK(node.requests()[0].line == "GET /api/notifications/7?userId=u-1");
    CHECK(node.run({"notifications", "read", "7", "--user", "u-1"}).code == 0);
    CHECK(node.requests()[1].line == "POST /api/notifications/7/read");
    CHECK(node.requests()[1].body == R"({"userId":"u-1"})");
  }

  TEST_CASE_FIXTURE(fixture, "one is read, or all of a user") {
    node.answers({{200, R"({"read":1})"}, {200, R"({"read":0})"}, {200, R"({"read":2})"}});
    CHECK(node.run({"notifications", "read", "8"}).out == "1 notification marked as read\n");
    CHECK(node.run({"notifications", "read-all", "--user", "u \"1\""}).out
          == "0 notifications marked as read\n");
    CHECK(node.run({"notifications", "read-all", "--user", "u-1", "--json"}).out
          == "{\"read\":2}\n");
    auto requests = node.requests();
    CHECK(requests[0].line == "POST /api/notifications/8/read");
    CHECK(requests[1].line == "POST /api/notifications/read");
    CHECK(requests[1].body == R"({"userId":"u \"1\""})");
  }

  TEST_CASE_FIXTURE(fixture, "what the node refuses is code 1, with its reason") {
    const std::string problem
      = R"({"type":"x","title":"t","status":404,"detail":"there is no such notification",)"
        R"("code":"not_found","field":"id"})";
    for (const auto& line :
         std::vector<std::vector<std::string>>{{"notifications", "list", "--user", "u-1"},
                                               {"notifications", "read", "7"},
                                               {"notifications", "read-all", "--user", "u-1"}}) {
      node.answers({{404, problem}});
      auto result = node.run(line);
      CHECK(result.code == 1);
      CHECK(result.out.empty());
      CHECK(result.err == "carillon: there is no such notification (id) [not_found]\n");
    }
  }
}
