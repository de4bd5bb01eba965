#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/sessions_commands") {
  namespace {

  const std::string one = R"({"id":7,"userId":"u-1","companyId":null,"transport":"websocket",)"
                          R"("openedAt":"2026-01-02T03:04:05.000000Z","live":true})";
  const std::string other = R"({"id":8,"userId":"u\u001B[2J","companyId":"c-1","transport":"sse",)"
                            R"("openedAt":"2026-01-02T03:04:06.000000Z","live":false})";

  bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct fixture {
    fake_node node;
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses({{"sessions"},
                  {"sessions", "end", "7"},
                  {"sessions", "stats", "7"},
                  {"sessions", "list", "--limit", "0"},
                  {"sessions", "list", "--limit", "many"},
                  {"sessions", "disconnect"},
                  {"sessions", "disconnect", "0"},
                  {"sessions", "disconnect", "-1"},
                  {"sessions", "disconnect", "x"},
                  {"sessions", "disconnect", "18446744073709551616"},
                  {"sessions", "disconnect", "7", "--user", "u-1"},
                  {"sessions", "disconnect", "--user", ""},
                  {"sessions", "disconnect", "7", "8"}});
  }

  TEST_CASE("each has a help") {
    for (const auto* name : {"stats", "list", "disconnect"}) {
      auto result = test::run_command({"sessions", name, "--help"});
      CHECK(result.code == 0);
      CHECK(holds(result.out, "--json"));
      CHECK(holds(result.out, "--admin-url"));
    }
  }

  TEST_CASE_FIXTURE(fixture, "stats are figures line by line, or JSON") {
    const std::string all
      = R"({"connections":3,"streams":1,"catchingUp":0,"usersOnline":2,)"
        R"("byCompany":[{"companyId":"c-1","connections":2}],"opened":10,"refused":4,"resumes":5,)"
        R"("eventsSent":100,"framesSent":120,"bytesSent":9000,"catchUps":6,"slowCloses":1})";
    node.answers({{200, all}, {200, all}, {200, R"({"connections":1,"byCompany":[]})"}});
    auto result = node.run({"sessions", "stats"});
    CHECK(result.code == 0);
    for (const auto* line :
         {"sessions                        3\n", "users online                    2\n",
          "catching up                     0\n", "closed as too slow              1\n",
          "refused                         4\n", "bytes sent                   9000\n",
          "of c-1                          2\n"}) {
      CAPTURE(result.out);
      CAPTURE(line);
      CHECK(holds(result.out, line));
    }
    CHECK(node.run({"sessions", "stats", "--json"}).out == all + "\n");
    // A company's key sees nothing of the whole node.
    CHECK(node.run({"sessions", "stats", "--company", "c/1"}).out
          == "sessions                        1\n");
    CHECK(node.requests()[0].line == "GET /api/events/websocket/stats");
    CHECK(node.requests()[2].line == "GET /api/events/websocket/stats?companyId=c%2F1");
  }

  TEST_CASE_FIXTURE(fixture, "list is a table, or JSON line by line, page by page") {
    const std::string first = R"({"sessions":[)" + one + R"(],"nextCursor":"abc"})";
    const std::string last = R"({"sessions":[)" + other + R"(],"nextCursor":null})";
    node.answers({{200, first}, {200, last}, {200, first}, {200, last}});
    auto result = node.run({"sessions", "list", "--all"});
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("id "));
    CHECK(holds(result.out, "\n7          u-1                  -                    websocket  "
                            "live         2026-01-02T03:04:05.000000Z\n"));
    // A user's name cannot control the terminal.
    CHECK(holds(result.out, "\n8          u\\x1b[2J "));
    CHECK(holds(result.out, " sse        catching up  2026"));
    CHECK(holds(node.requests()[1].line, "cursor=abc"));
    auto json = node.run({"sessions", "list", "--json", "--all", "--user", "u-1"});
    CHECK(json.out == one + "\n" + other + "\n");
    CHECK(holds(node.requests()[2].line, "userId=u-1"));
  }

  TEST_CASE_FIXTURE(fixture, "an empty list prints nothing") {
    node.answers({{200, R"({"sessions":[],"nextCursor":null})"}});
    auto result = node.run({"sessions", "list", "--company", "c-1", "--limit", "5"});
    CHECK(result.code == 0);
    CHECK(result.out.empty());
    auto line = node.requests()[0].line;
    CHECK(holds(line, "companyId=c-1"));
    CHECK(holds(line, "limit=5"));
  }

  TEST_CASE_FIXTURE(fixture, "disconnect ends one session, or all of a user") {
    node.answers({{200, R"({"disconnected":1})"},
                  {200, R"({"disconnected":3})"},
                  {200, R"({"disconnected":1})"}});
    CHECK(node.run({"sessions", "disconnect", "7"}).out == "1 session disconnected\n");
    CHECK(node.run({"sessions", "disconnect", "--user", "u/ 1"}).out
          == "3 sessions disconnected\n");
    CHECK(node.run({"sessions", "disconnect", "7", "--json"}).out == "{\"disconnected\":1}\n");
    CHECK(node.requests()[0].line == "DELETE /api/events/websocket/sessions/7");
    CHECK(node.requests()[1].line == "DELETE /api/events/websocket/users/u%2F%201");
  }

  TEST_CASE_FIXTURE(fixture, "what the node refuses is code 1, with its reason") {
    const std::string problem
      = R"({"type":"x","title":"t","status":404,"detail":"there is no such session",)"
        R"("code":"not_found","field":"id"})";
    node.answers({{404, problem}, {404, problem}, {404, problem}});
    for (const auto& line : std::vector<std::vector<std::string>>{
           {"sessions", "disconnect", "7"}, {"sessions", "stats"}, {"sessions", "list"}}) {
      auto result = node.run(line);
      CHECK(result.code == 1);
      CHECK(result.out.empty());
      CHECK(result.err == "carillon: there is no such session (id) [not_found]\n");
    }
  }
}
