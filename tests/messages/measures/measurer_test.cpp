#include "messages/measures/measurer.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace carillon::test {

TEST_SUITE("messages/measurer") {
  namespace {

  measure_definition revenue() {
    measure_definition out;
    out.name = "revenue";
    out.types = {*type_pattern::parse("order.*")};
    out.member = "/total";
    out.group_by = "/currency";
    out.measures = {.sum = true, .avg = false, .min = true, .max = true, .distinct = true};
    return out;
  }

  measure_record record(uint64_t id, measure_definition x) {
    measure_record out;
    out.id = id;
    out.definition = std::move(x);
    out.live_after = 0;
    return out;
  }

  event order(std::string data, std::string company = "acme") {
    event out;
    out.seq = 1;
    out.type = "order.created";
    out.company_id = std::move(company);
    out.time = from_micros(7'200'000'000 + 5);
    out.data = std::move(data);
    return out;
  }

  std::vector<measure_delta> measured(measurer& by, const event& x) {
    std::vector<measure_delta> out;
    by.measure(
      x, [](const measure_record&) { return true; },
      [&](measure_delta y) { out.push_back(std::move(y)); });
    return out;
  }

  } // namespace

  TEST_CASE("an event adds to the cell of its company, hour, type and group") {
    measurer by{{record(7, revenue())}};
    const auto all = measured(by, order(R"({"total":12.5,"currency":"EUR"})"));
    REQUIRE(all.size() == 1);
    CHECK(all[0].key == measure_key{7, 2, "acme", "=EUR", "order.created"});
    CHECK(all[0].cell.count == 1);
    CHECK(all[0].cell.sum.text() == "12.5");
    CHECK(all[0].cell.least->text() == "12.5");
    CHECK(all[0].cell.distinct.estimate() == 1);
  }

  TEST_CASE("without the member nothing is measured, and what does not fit is said") {
    measurer by{{record(7, revenue())}};
    CHECK(measured(by, order("{}")).empty());
    CHECK(measured(by, order(R"({"total":null})")).empty());
    for (const auto* data : {R"({"total":"12.5"})", R"({"total":true})", R"({"total":[1]})",
                             R"({"total":1e18})", R"({"total":0.0000000001})"}) {
      CAPTURE(data);
      const auto all = measured(by, order(data));
      REQUIRE(all.size() == 1);
      CHECK(all[0].cell.count == 0);
      CHECK(all[0].cell.skipped == 1);
      CHECK_FALSE(all[0].cell.least);
    }
  }

  TEST_CASE("only events that its filter selects are measured") {
    auto paid = revenue();
    paid.filter = *payload_filter::parse(R"({"data.paid":true,"companyId":"acme"})");
    measurer by{{record(1, paid), record(2, revenue())}};
    CHECK(measured(by, order(R"({"total":1,"paid":true})")).size() == 2);
    CHECK(measured(by, order(R"({"total":1,"paid":false})")).size() == 1);
    CHECK(measured(by, order(R"({"total":1,"paid":true})", "beta")).size() == 1);
  }

  TEST_CASE("only events that a definition is about are measured") {
    auto own = revenue();
    own.company_id = "beta";
    own.member = "/weight";
    measurer by{{record(1, revenue()), record(2, own)}};
    const std::string data = R"({"total":1,"weight":2})";
    CHECK(measured(by, order(data)).size() == 1);
    CHECK(measured(by, order(data, "beta")).size() == 2);
    auto other = order(data);
    other.type = "user.login";
    CHECK(measured(by, other).empty());
    size_t asked = 0;
    by.measure(
      order(data, "beta"),
      [&](const measure_record& x) {
        ++asked;
        return x.id == 2;
      },
      [&](const measure_delta& x) { CHECK(x.key.definition == 2); });
    CHECK(asked == 2);
  }

  TEST_CASE("groups are texts, and what cannot be one is of the others") {
    measurer by{{record(7, revenue())}};
    const auto group = [&](const std::string& currency) {
      return measured(by, order(R"({"total":1,"currency":)" + currency + "}")).at(0).key.group;
    };
    CHECK(group(R"("EUR")") == "=EUR");
    CHECK(group(R"("*")") == "=*");
    CHECK(group(R"("")") == "=");
    CHECK(group("7.0") == "=7.0");
    CHECK(group("true") == "=true");
    CHECK(group("null").empty());
    CHECK(group("{}") == other_group);
    CHECK(group("\"a\\u0000b\"") == other_group);
    CHECK(group('"' + std::string(129, 'x') + '"') == other_group);
    CHECK(group('"' + std::string(128, 'x') + '"').size() == 129);
  }

  TEST_CASE("equal values are one, however they are written") {
    auto users = revenue();
    users.group_by.clear();
    users.member = "/user";
    users.measures = {.distinct = true};
    measurer by{{record(7, users)}};
    measure_cell sum;
    for (const auto* data : {R"({"user":1})", R"({"user":1.0})", R"({"user":10e-1})",
                             R"({"user":"1"})", R"({"user":true})", R"({"user":"true"})"})
      sum.add(measured(by, order(data)).at(0).cell);
    CHECK(sum.count == 6);
    CHECK(sum.distinct.estimate() == 4);
  }

  TEST_CASE("rows of the same cell are added up") {
    measurer by{{record(7, revenue())}};
    std::vector<measure_delta> to;
    for (const auto* total : {"0.1", "0.2", "-5"}) {
      auto from = measured(by, order(std::string{R"({"total":)"} + total + "}"));
      merge_rows(to, from);
    }
    REQUIRE(to.size() == 1);
    CHECK(to[0].cell.count == 3);
    CHECK(to[0].cell.sum.text() == "-4.7");
    CHECK(to[0].cell.least->text() == "-5");
    CHECK(to[0].cell.most->text() == "0.2");
    std::vector<measure_began> begins{{7, 5}};
    std::vector<measure_began> more{{7, 5}, {8, 6}};
    merge_rows(begins, more);
    CHECK(begins.size() == 2);
  }

  TEST_CASE("a definition is read as it was written, and bad ones are refused with their field") {
    auto good = revenue();
    CHECK(check_definition(good).has_value());
    good.filter = *payload_filter::parse(R"({"data.n":{"$lt":9007199254740993}})");
    auto read = definition_from_json(json_of(good));
    REQUIRE(read.has_value());
    read->name = good.name;
    CHECK(*read == good);
    CHECK_FALSE(definition_from_json("{}").has_value());
    CHECK_FALSE(
      definition_from_json(R"({"types":["?"],"member":"/a","measures":["sum"]})").has_value());
    const auto field = [&](auto change) {
      auto x = revenue();
      change(x);
      const auto checked = check_definition(x);
      return checked ? std::string{} : checked.error().field;
    };
    CHECK(field([](auto& x) { x.name = "Revenue"; }) == "name");
    CHECK(field([](auto& x) { x.types.clear(); }) == "types");
    CHECK(field([](auto& x) { x.types.resize(17); }) == "types");
    CHECK(field([](auto& x) { x.member = "total"; }) == "member");
    CHECK(field([](auto& x) { x.member = ""; }) == "member");
    CHECK(field([](auto& x) { x.member = "/a~2"; }) == "member");
    CHECK(field([](auto& x) { x.member = "/" + std::string(256, 'a'); }) == "member");
    CHECK(field([](auto& x) { x.group_by = "#/a"; }) == "groupBy");
    CHECK(field([](auto& x) { x.measures = {}; }) == "measures");
    CHECK(field([](auto& x) { x.company_id = std::string(129, 'a'); }) == "companyId");
  }
}

} // namespace carillon::test
