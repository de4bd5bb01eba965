#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/contacts_commands") {
  namespace {

  const std::string one
    = R"({"userId":"u-1","companyId":"c-1","email":"zoe@example.org","name":"Zoë","role":"admin",)"
      R"("muted":{"email":["order.created","order.shipped"],"notification":[]},)"
      R"("updatedAt":"2026-01-02T03:04:05.000000Z"})";
  const std::string other
    = R"({"userId":"u-2","companyId":null,"email":null,"name":"x\u001B[2J","role":null,)"
      R"("muted":{"email":[],"notification":["*"]},"updatedAt":"2026-01-02T03:04:06.000000Z"})";

  bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct fixture {
    fake_node node;
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses({{"contacts"},
                  {"contacts", "change", "u-1"},
                  {"contacts", "list", "u-1"},
                  {"contacts", "list", "--limit", "0"},
                  {"contacts", "show"},
                  {"contacts", "show", ""},
                  {"contacts", "show", "u\n1"},
                  {"contacts", "show", std::string(129, 'u')},
                  {"contacts", "put"},
                  {"contacts", "put", "u-1", "u-2"},
                  {"contacts", "put", "u-1", "--no-email", "order.*"},
                  {"contacts", "put", "u-1", "--no-notification", "Order"},
                  {"contacts", "delete"},
                  {"contacts", "delete", "u-1", "--loud"}});
  }

  TEST_CASE("each has a help") {
    for (const auto* name : {"list", "show", "put", "delete"}) {
      auto result = test::run_command({"contacts", name, "--help"});
      CHECK(result.code == 0);
      CHECK(holds(result.out, "--admin-url"));
    }
  }

  TEST_CASE_FIXTURE(fixture, "list is a table, or JSON line by line, page by page") {
    const std::string first = R"({"contacts":[)" + one + R"(],"nextCursor":"abc"})";
    const std::string last = R"({"contacts":[)" + other + R"(],"nextCursor":null})";
    node.answers({{200, first}, {200, last}, {200, first}, {200, last}});
    auto result = node.run({"contacts", "list", "--all"});
    CAPTURE(result.out);
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("user "));
    // Columns count characters, not bytes.
    CHECK(holds(result.out, "\nu-1                  c-1                  admin      Zoë            "
                            "          zoe@example.org\n"));
    // A name cannot control the terminal.
    CHECK(holds(result.out, "\nu-2                  -                    -          x\\x1b[2J "));
    CHECK(holds(node.requests()[1].line, "cursor=abc"));
    auto json
      = node.run({"contacts", "list", "--json", "--all", "--company", "c/1", "--role", "admin"});
    CHECK(json.out == one + "\n" + other + "\n");
    CHECK(holds(node.requests()[2].line, "companyId=c%2F1"));
    CHECK(holds(node.requests()[2].line, "role=admin"));
  }

  TEST_CASE_FIXTURE(fixture, "an empty list prints nothing") {
    node.answers({{200, R"({"contacts":[],"nextCursor":null})"}});
    auto result = node.run({"contacts", "list", "--limit", "5"});
    CHECK(result.code == 0);
    CHECK(result.out.empty());
    CHECK(node.requests()[0].line == "GET /api/contacts?limit=5");
  }

  TEST_CASE_FIXTURE(fixture, "show prints a contact and what it does not want") {
    node.answers({{200, one}, {200, other}, {200, one}});
    auto result = node.run({"contacts", "show", "u-1"});
    CHECK(result.code == 0);
    CHECK(result.out
          == "user         u-1\ncompany      c-1\nname         Zoë\nemail        zoe@example.org\n"
             "role         admin\nno mail of   order.created, order.shipped\nno notice of -\n"
             "updated      2026-01-02T03:04:05.000000Z\n");
    auto silent = node.run({"contacts", "show", "u/ 2"});
    CHECK(holds(silent.out, "name         x\\x1b[2J\n"));
    CHECK(holds(silent.out, "no notice of *\n"));
    CHECK(node.run({"contacts", "show", "u-1", "--json"}).out == one + "\n");
    CHECK(node.requests()[0].line == "GET /api/contacts/u-1");
    CHECK(node.requests()[1].line == "GET /api/contacts/u%2F%202");
  }

  TEST_CASE_FIXTURE(fixture, "put sends all that is named, and nothing else") {
    node.answers({{200, one}, {200, one}, {200, one}});
    auto result
      = node.run({"contacts", "put", "--no-email", "order.created,order.shipped", "u-1",
                  "--no-email", "payment.failed", "--no-notification", "*", "--company", "c-1",
                  "--email", "zoe@example.org", "--name", "Zoë \"Z\"", "--role", "admin"});
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("user         u-1\n"));
    CHECK(node.run({"contacts", "put", "u-1"}).code == 0);
    CHECK(node.run({"contacts", "put", "u-1", "--json"}).out == one + "\n");
    auto requests = node.requests();
    CHECK(requests[0].line == "PUT /api/contacts/u-1");
    CHECK(requests[0].body
          == R"({"muted":{"email":["order.created","order.shipped","payment.failed"],)"
             R"("notification":["*"]},"companyId":"c-1","email":"zoe@example.org",)"
             R"("name":"Zoë \"Z\"","role":"admin"})");
    CHECK(requests[1].body == R"({"muted":{"email":[],"notification":[]}})");
  }

  TEST_CASE_FIXTURE(fixture, "delete says so") {
    node.answers({{204, ""}, {204, ""}, {204, ""}, {200, one}});
    CHECK(node.run({"contacts", "delete", "u 1"}).out == "contact u 1 deleted\n");
    CHECK(node.requests()[0].line == "DELETE /api/contacts/u%201");
    // Of a user with contacts at several companies.
    CHECK(node.run({"contacts", "delete", "u-1", "--company", "c/1"}).code == 0);
    CHECK(node.requests()[1].line == "DELETE /api/contacts/u-1?companyId=c%2F1");
    CHECK(node.run({"contacts", "delete", "u-1", "--company", ""}).code == 0);
    CHECK(node.requests()[2].line == "DELETE /api/contacts/u-1?companyId=");
    CHECK(node.run({"contacts", "show", "u-1", "--company", "c-1"}).code == 0);
    CHECK(node.requests()[3].line == "GET /api/contacts/u-1?companyId=c-1");
  }

  TEST_CASE_FIXTURE(fixture, "what the node refuses is code 1, with its reason") {
    const std::string problem
      = R"({"type":"x","title":"t","status":404,"detail":"there is no such contact",)"
        R"("code":"not_found","field":"userId"})";
    for (const auto& line : std::vector<std::vector<std::string>>{{"contacts", "list"},
                                                                  {"contacts", "show", "u-1"},
                                                                  {"contacts", "put", "u-1"},
                                                                  {"contacts", "delete", "u-1"}}) {
      node.answers({{404, problem}});
      auto result = node.run(line);
      CHECK(result.code == 1);
      CHECK(result.out.empty());
      CHECK(result.err == "carillon: there is no such contact (userId) [not_found]\n");
    }
  }
}
