#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/types_command") {
  namespace {

  const std::string created
    = R"({"type":"order.created","audience":"company","described":true,"registered":false,)"
      R"("schema":{"type":"object"}})";
  const std::string ticket
    = R"({"type":"ticket.opened","audience":"user\u001B[2J","described":false,"registered":true,)"
      R"("schema":{"type":"object","properties":{"n":{"type":"integer"}}}})";
  const std::string all = R"({"types":[)" + created + ',' + ticket + R"(],"nextCursor":null})";

  struct fixture {
    fake_node node;
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses(
      {{"types", "order.created"}, {"types", "--typescript", "--json"}, {"types", "--java"}});
  }

  TEST_CASE_FIXTURE(fixture, "types are a table, JSON line by line, or TypeScript") {
    node.answers({{200, all}, {200, all}, {200, all}});
    auto table = node.run({"types"});
    CHECK(table.code == 0);
    CHECK(table.out.find("order.created") != std::string::npos);
    CHECK(table.out.find("catalogue\n") != std::string::npos);
    CHECK(table.out.find("registered\n") != std::string::npos);
    CHECK(table.out.find('\033') == std::string::npos);
    CHECK(node.run({"types", "--json"}).out == created + '\n' + ticket + '\n');
    auto module = node.run({"types", "--typescript"});
    CHECK(module.code == 0);
    CHECK(module.out.find("'ticket.opened': {\n      n?: number;\n") != std::string::npos);
    CHECK(module.out.find("order.created") == std::string::npos);
    for (const auto& x : node.requests())
      CHECK(x.line == "GET /api/events/types");
  }

  TEST_CASE_FIXTURE(fixture, "what the node refuses is told, and nothing is printed") {
    node.answers(
      {{401, R"({"code":"unauthenticated","detail":"no key"})"}, {200, R"({"types":7})"}});
    for (int i = 0; i < 2; ++i) {
      auto result = node.run({"types", "--typescript"});
      CHECK(result.code == 1);
      CHECK(result.out.empty());
      CHECK(!result.err.empty());
    }
  }
}
