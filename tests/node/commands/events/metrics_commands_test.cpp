#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/metrics_commands") {
  namespace {

  const std::string running
    = R"({"name":"sales","companyId":"c-1","types":["order.*"],"member":"/total","groupBy":null,)"
      R"("measures":["sum","distinct"],"createdAt":null,"liveFrom":7,)"
      R"("backfill":{"since":null,"position":3,"end":6,"done":false}})";
  const std::string row
    = R"({"begin":"2026-12-01T10:00:00.000000Z","companyId":"c-1","type":"order.created",)"
      R"("group":"EUR\u001B[2J","other":false,"count":2,"skipped":0,"sum":"20.5","distinct":3})";

  bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct metrics_fixture {
    fake_node node;
  };

  } // namespace

  TEST_CASE_FIXTURE(metrics_fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses(
      {{"metrics"},
       {"metrics", "show"},
       {"metrics", "show", "Sales"},
       {"metrics", "put", "sales"},
       {"metrics", "put", "sales", "--types", "order.*", "--member", "total", "--measures", "sum"},
       {"metrics", "put", "sales", "--types", "?", "--member", "/total", "--measures", "sum"},
       {"metrics", "put", "sales", "--types", "order.*", "--member", "/total", "--measures",
        "median"},
       {"metrics", "put", "sales", "--types", "order.*", "--member", "/total", "--measures", "sum",
        "--filter", "{\"paid\":true}"},
       {"metrics", "series", "sales", "--bucket", "week"},
       {"metrics", "delete", "a/b"}});
  }

  TEST_CASE_FIXTURE(metrics_fixture, "definitions are a table, or text with their backfill") {
    const std::string all = R"({"definitions":[)" + running + R"(],"nextCursor":null})";
    node.answers({{200, all}, {200, running}, {200, running}});
    const auto table = node.run({"metrics", "list"});
    CHECK(table.code == 0);
    CHECK(table.out.starts_with("name "));
    CHECK(contains(table.out, "3 of 6\n"));
    const auto shown = node.run({"metrics", "show", "sales", "--company", "c/1"});
    CHECK(contains(shown.out, "measures     sum, distinct\n"));
    CHECK(contains(shown.out, "filter       -\n"));
    CHECK(contains(shown.out, "live from    7\n"));
    CHECK(node.run({"metrics", "backfill", "sales", "--since", "2026-11-01T00:00:00Z"}).code == 0);
    const auto requests = node.requests();
    CHECK(requests[0].line == "GET /api/metrics/definitions");
    CHECK(requests[1].line == "GET /api/metrics/definitions/sales?companyId=c%2F1");
    CHECK(requests[2].line == "POST /api/metrics/definitions/sales/backfill");
    CHECK(requests[2].body == R"({"since":"2026-11-01T00:00:00Z"})");
  }

  TEST_CASE_FIXTURE(metrics_fixture, "put sends all that is named, and delete deletes") {
    node.answers({{200, running}, {204, ""}});
    CHECK(node
            .run({"metrics", "put", "--types", "order.*,user.login", "sales", "--member", "/total",
                  "--group-by", "/currency", "--measures", "sum,distinct", "--filter",
                  R"({"data.paid": true})"})
            .code
          == 0);
    CHECK(node.run({"metrics", "delete", "sales"}).out == "definition sales deleted\n");
    const auto requests = node.requests();
    CHECK(requests[0].line == "PUT /api/metrics/definitions/sales");
    CHECK(
      requests[0].body
      == R"({"types":["order.*","user.login"],"filter":{"data.paid": true},"member":"/total","groupBy":"/currency",)"
         R"("measures":["sum","distinct"]})");
    CHECK(requests[1].line == "DELETE /api/metrics/definitions/sales");
  }

  TEST_CASE_FIXTURE(metrics_fixture, "a series is printed to its end, safe for a terminal") {
    const auto page = [](const std::string& next) {
      return R"({"name":"sales","series":[)" + row + R"(],"nextCursor":)" + next + '}';
    };
    node.answers({{200, page(R"("abc")")}, {200, page("null")}, {200, page("null")}, {404, "{}"}});
    const auto series = node.run({"metrics", "series", "sales", "--bucket", "day"});
    CHECK(series.code == 0);
    CHECK(series.out.starts_with("begin "));
    CHECK(contains(series.out, "EUR\\x1b[2J"));
    CHECK(contains(series.out, "20.5"));
    CHECK(node.run({"metrics", "series", "sales", "--json"}).out == row + '\n');
    CHECK(node.run({"metrics", "series", "sales"}).code == 1);
    const auto requests = node.requests();
    CHECK(contains(requests[0].line, "bucket=day"));
    CHECK(contains(requests[1].line, "cursor=abc"));
  }
}
