#include "tests/net/admin/admin_fixture.hpp"

#include <doctest/doctest.h>

#include <string>

// Definitions of measures, and their series.

namespace carillon::test {

TEST_SUITE("net/admin_measures") {
  namespace {

  constexpr const char* sales = "/api/metrics/definitions/sales";
  constexpr const char* body
    = R"({"types":["order.*"],"member":"/total","groupBy":"/currency","measures":["sum","avg","distinct"]})";

  measure_row row(int64_t hour, std::string company, std::string group, const char* sum) {
    measure_row out{
      from_micros(hour * 3'600'000'000), std::move(company), std::move(group), "order.created", {}};
    out.cell.count = 3;
    out.cell.skipped = 1;
    out.cell.sum = *decimal::from_json(sum);
    out.cell.distinct.add("x");
    return out;
  }

  } // namespace

  TEST_CASE("a definition is made, shown, backfilled and deleted") {
    admin_fixture f;
    const auto made = f.put(sales, body);
    REQUIRE(made.status == 200);
    CHECK(made.text("/name") == "sales");
    CHECK(made.is_null("/companyId"));
    CHECK(made.text("/types/0") == "order.*");
    CHECK(made.text("/groupBy") == "/currency");
    CHECK(made.size("/measures") == 3);
    CHECK(made.is_null("/liveFrom"));
    CHECK(made.is_null("/backfill"));
    CHECK(f.data.measure_put.by.who.starts_with("key:"));
    f.data.measures.cursor = 9;
    f.data.measures.records.at(0).live_after = 6;
    CHECK(f.put(sales, f.get(sales).body).status == 200);
    const auto filled
      = f.post(std::string{sales} + "/backfill", R"({"since":"2026-01-01T00:00:00Z"})");
    CHECK(filled.status == 200);
    CHECK(filled.number("/liveFrom") == 7);
    CHECK(filled.text("/backfill/since") == "2026-01-01T00:00:00.000000Z");
    CHECK(filled.number("/backfill/end") == 6);
    CHECK_FALSE(filled.is_true("/backfill/done"));
    CHECK(f.get("/api/metrics/definitions").size("/definitions") == 1);
    CHECK(f.remove(sales).status == 204);
    CHECK(f.remove(sales).status == 404);
    CHECK(f.get(sales).status == 404);
    CHECK(f.post(std::string{sales} + "/backfill").status == 404);
  }

  TEST_CASE("a definition has a filter, whose digits are kept and whose faults are named") {
    admin_fixture f;
    CHECK(f.put(sales, body).is_null("/filter"));
    const auto with_filter = [](const std::string& filter) {
      return R"({"types":["order.*"],"member":"/total","measures":["sum"],"filter":)" + filter
             + "}";
    };
    const auto made = f.put(sales, with_filter(R"({"data.n": {"$gt": 9007199254740993}})"));
    REQUIRE(made.status == 200);
    CHECK(made.body.find(R"("filter":{"data.n":{"$gt":9007199254740993}})") != std::string::npos);
    CHECK(f.data.measures.records.at(0).definition.filter.text()
          == R"({"data.n":{"$gt":9007199254740993}})");
    // What GET answered can be sent back.
    CHECK(f.put(sales, made.body).status == 200);
    for (const auto& [filter, field] :
         {std::pair{"7", "filter"}, std::pair{R"({"total":1})", "filter/total"},
          std::pair{R"({"data.n":{"$x":1}})", "filter/data.n/$x"}}) {
      CAPTURE(filter);
      const auto refused = f.put(sales, with_filter(filter));
      CHECK(refused.status == 400);
      CHECK(refused.text("/field") == field);
    }
  }

  TEST_CASE("bad definitions are refused with their field") {
    admin_fixture f;
    const auto field = [&](const std::string& text, const char* path = sales) {
      const auto answered = f.put(path, text);
      CHECK(answered.status == 400);
      return answered.text("/field");
    };
    CHECK(field(body, "/api/metrics/definitions/Sales") == "name");
    CHECK(field(R"({"member":"/a","measures":["sum"]})") == "types");
    CHECK(field(R"({"types":[],"member":"/a","measures":["sum"]})") == "types");
    CHECK(field(R"({"types":["?"],"member":"/a","measures":["sum"]})") == "types");
    CHECK(field(R"({"types":[1],"member":"/a","measures":["sum"]})") == "types");
    CHECK(field(R"({"types":["*"],"measures":["sum"]})") == "member");
    CHECK(field(R"({"types":["*"],"member":"a","measures":["sum"]})") == "member");
    CHECK(field(R"({"types":["*"],"member":"/a","measures":[]})") == "measures");
    CHECK(field(R"({"types":["*"],"member":"/a","measures":["median"]})") == "measures");
    CHECK(field(R"({"types":["*"],"member":"/a","groupBy":"","measures":["sum"]})") == "groupBy");
    CHECK(field(R"({"types":["*"],"member":"/a","measures":["sum"],"every":1})") == "every");
    CHECK(field(R"({"types":["*"],"member":"/a","measures":["sum"],"name":"margin"})") == "name");
    CHECK(f.data.measures.records.empty());
    CHECK(f.post(std::string{sales} + "/backfill", R"({"since":"yesterday"})").text("/field")
          == "since");
  }

  TEST_CASE("a company's key makes, sees and deletes its own definitions only") {
    admin_fixture f;
    const std::string of_b = R"({"types":["*"],"member":"/a","measures":["sum"],"companyId":"B"})";
    REQUIRE(f.put(sales, body).status == 200);
    REQUIRE(f.put("/api/metrics/definitions/margin", of_b).status == 200);
    CHECK(f.send("PUT", sales, f.admin_a, of_b).status == 403);
    CHECK(f.send("PUT", std::string{sales} + "?companyId=B", f.admin_a, body).status == 403);
    CHECK(f.send("DELETE", sales, f.admin_a).status == 404);
    CHECK(f.send("POST", std::string{sales} + "/backfill", f.admin_a).status == 404);
    CHECK(f.send("GET", "/api/metrics/definitions/margin", f.admin_a).status == 404);
    CHECK(f.send("GET", "/api/metrics/definitions/margin?companyId=B", f.admin).status == 200);
    CHECK(f.send("GET", sales, f.reader_a).is_null("/companyId"));
    CHECK(f.send("GET", "/api/metrics/definitions", f.reader_a).size("/definitions") == 1);
    const auto own = f.send("PUT", sales, f.admin_a, body);
    CHECK(own.text("/companyId") == "A");
    CHECK(f.send("GET", sales, f.reader_a).text("/companyId") == "A");
    CHECK(f.send("DELETE", sales, f.admin_a).status == 204);
    CHECK(f.get(sales).status == 200);
  }

  TEST_CASE("a series has exact numbers, says the others, and goes on at the next bucket") {
    admin_fixture f;
    REQUIRE(f.put(sales, body).status == 200);
    for (int64_t hour = 0; hour < 5; ++hour)
      for (int i = 0; i < 500; ++i)
        f.data.measured.push_back(row(hour, i == 0 ? "A" : "B", "=g" + std::to_string(i), "0.1"));
    f.data.measured.at(1).group = std::string{other_group};
    f.data.measured.at(2).group = "";
    const auto page = f.get("/api/metrics/measures?name=sales");
    CHECK(page.size("/series") == 1'500);
    CHECK(page.text("/series/0/sum") == "0.1");
    CHECK(page.text("/series/0/avg") == "0.033333333");
    CHECK(page.number("/series/0/distinct") == 1);
    CHECK(page.number("/series/0/skipped") == 1);
    CHECK(page.text("/series/0/group") == "g0");
    CHECK_FALSE(page.is_true("/series/0/other"));
    CHECK(page.is_true("/series/1/other"));
    CHECK(page.is_null("/series/2/group"));
    CHECK_FALSE(page.is_true("/series/2/other"));
    CHECK(page.body.find("\"min\"") == std::string::npos);
    const auto rest = f.get("/api/metrics/measures?name=sales&cursor=" + page.text("/nextCursor"));
    CHECK(rest.size("/series") == 1'000);
    CHECK(rest.is_null("/nextCursor"));
    const auto of_a = f.send("GET", "/api/metrics/measures?name=sales&bucket=day", f.reader_a);
    CHECK(of_a.size("/series") == 5);
    CHECK(f.data.measures_asked.company_id == "A");
    CHECK(f.data.measures_asked.by_day);
    CHECK(f.send("GET", "/api/metrics/measures?name=sales&companyId=B", f.reader_a).status == 403);
    CHECK(f.get("/api/metrics/measures").text("/field") == "name");
    CHECK(f.get("/api/metrics/measures?name=none").status == 404);
    for (auto& x : f.data.measured)
      x.begin = from_micros(0);
    CHECK(f.get("/api/metrics/measures?name=sales").status == 400);
  }
}

} // namespace carillon::test
