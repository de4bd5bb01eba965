#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/nodes_commands") {
  namespace {

  const std::string active
    = R"({"name":"a","incarnation":"0123456789ab","self":true,"state":"active","version":"0.1.0",)"
      R"("dataAddress":"http://10.0.0.1:7070","adminAddress":"http://10.0.0.1:7071",)"
      R"("startedAt":"2026-01-02T03:04:05.000000Z","beat":7,"silentMs":0})";
  const std::string silent
    = R"({"name":"b\u001B[2J","incarnation":"0123456789ac","self":false,"state":"standby",)"
      R"("version":"0.1.0","dataAddress":null,"adminAddress":null,)"
      R"("startedAt":"2026-01-02T03:04:05.000000Z","beat":9,"silentMs":41999})";

  bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct fixture {
    fake_node node;
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses({{"nodes", "list"}, {"nodes", "--all"}});
  }

  TEST_CASE_FIXTURE(fixture, "nodes are a table, or JSON line by line") {
    const std::string both = R"({"nodes":[)" + active + "," + silent + "]}";
    node.answers({{200, both}, {200, both}});
    const auto result = node.run({"nodes"});
    CAPTURE(result.out);
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("name "));
    CHECK(holds(result.out, "\na * "));
    CHECK(holds(result.out, " active   0.1.0           0 s http://10.0.0.1:7071\n"));
    // A name cannot control the terminal.
    CHECK(holds(result.out, "\nb\\x1b[2J "));
    CHECK(holds(result.out, " 41 s"));
    CHECK(node.requests()[0].line == "GET /api/nodes");
    CHECK(node.run({"nodes", "--json"}).out == active + "\n" + silent + "\n");
  }

  TEST_CASE_FIXTURE(fixture, "a standby's refusal names the active node") {
    node.answers(
      {{503, R"({"code":"store_locked","detail":"this node is a standby; the active node )"
             R"(is http://10.0.0.1:7071"})"}});
    const auto result = node.run({"nodes"});
    CHECK(result.code == 1);
    CHECK(holds(result.err, "the active node is http://10.0.0.1:7071"));
  }
}
