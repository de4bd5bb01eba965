#include "net/remote/remote_text.hpp"

#include "tests/support/events.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace carillon::remote;

namespace {

const principal bound_key{.key_id = 1, .role = role::admin, .company_id = "c-1"};
const principal unbound{.key_id = 2, .role = role::admin};

parse_context accepting(std::string_view company = {}) {
  static type_registry types;
  return {.types = &types, .accept_unknown_types = true, .company_id = company};
}

} // namespace

TEST_SUITE("net/remote/remote_text") {
  TEST_CASE("each event of an array has its own verdict") {
    auto got = parse_publish(R"([{"type":"a.b","data":{}},{"type":"a.b","data":{},"x":1},)"
                             R"({"type":"a.b","data":{},"companyId":"c-2"}])",
                             accepting("c-1"), bound_key, 10);
    REQUIRE(got);
    REQUIRE(got->drafts.size() == 1);
    CHECK(got->drafts[0]->company_id == "c-1");
    auto verdicts = filled(got->verdicts, {receipt{7, true, {}}}).items;
    REQUIRE(verdicts.size() == 3);
    CHECK(verdicts[0].seq == 7);
    CHECK(verdicts[0].duplicate);
    CHECK(verdicts[0].code.empty());
    CHECK(verdicts[1].code == "invalid_argument");
    CHECK(verdicts[2].code == "forbidden");
    auto conflict = filled(got->verdicts, {receipt{7, false, "c.d"}}).items;
    CHECK(conflict[0].code == "conflict");
    CHECK(conflict[0].seq == 0);
    CHECK_FALSE(parse_publish("[{},{}]", accepting(), unbound, 1));
    CHECK_FALSE(parse_publish("[", accepting(), unbound, 10));
  }

  TEST_CASE("numbers that are not finite are refused by the parser") {
    for (const char* number : {"1e400", "-1e400", "NaN", "Infinity", "-Infinity", "1e"}) {
      CAPTURE(number);
      auto got = parse_publish(std::string{R"({"type":"a.b","data":{"x":)"} + number + "}}",
                               accepting(), unbound, 10);
      REQUIRE(got);
      CHECK(got->drafts.empty());
      CHECK_FALSE(got->verdicts.items.at(0).code.empty());
    }
  }

  TEST_CASE("a query sees the company of its key only") {
    CHECK(parse_query({}, unbound)->filter.is_everything());
    CHECK(parse_query({}, bound_key)->filter.company_id == "c-1");
    CHECK(parse_query({.filter = R"({"companyId":"c-1"})"}, bound_key));
    CHECK(parse_query({.filter = R"({"companyId":"c-2"})"}, bound_key).error().code
          == ec::forbidden);
    CHECK_FALSE(parse_query({.filter = "{"}, unbound));
    CHECK_FALSE(parse_query({.limit = 0}, unbound));
    CHECK_FALSE(parse_query({.limit = 1'001}, unbound));
    CHECK(parse_query({.beyond = 5}, unbound)->beyond == 5);
  }

  TEST_CASE("a page ends at its bytes, and says where the next begins") {
    query_page page;
    for (position i = 1; i <= 3; ++i)
      page.events.push_back(test::make_event(i));
    page.next = 3;
    CHECK(remote::page_of(page, 1'000'000).events.size() == 3);
    CHECK(remote::page_of(page, 1'000'000).next == 3);
    auto small = remote::page_of(page, 1);
    CHECK(small.events.size() == 1);
    CHECK(small.next == 1);
  }

  TEST_CASE("a subscription has a name, a credit and valid patterns") {
    CHECK(parse_subscription({.consumer = "a-b_c.9"}, bound_key)->company_id == "c-1");
    for (const char* name : {"", "a/b", "a b", "ä"})
      CHECK_FALSE(parse_subscription({.consumer = name}, bound_key));
    CHECK_FALSE(parse_subscription({.consumer = std::string(101, 'a')}, bound_key));
    CHECK_FALSE(parse_subscription({.consumer = "a", .types = "Order"}, bound_key));
    CHECK_FALSE(parse_subscription({.consumer = "a", .credit = 0}, bound_key));
    CHECK(
      parse_subscription({.consumer = "a", .types = "order.*,user.login"}, bound_key)->types.size()
      == 2);
    CHECK_FALSE(parse_subscription({.consumer = "a", .credit = 10'001}, bound_key));
  }

  TEST_CASE("a subscription has a filter, within the company of its key") {
    const auto got = parse_subscription(
      {.consumer = "a", .types = R"({"types":["order.*"],"filter":{"data.n":{"$gt":1}}})"},
      bound_key);
    REQUIRE(got);
    CHECK(got->types.size() == 1);
    CHECK(got->payload.text() == R"({"data.n":{"$gt":1}})");
    CHECK(got->company_id == "c-1");
    CHECK(parse_subscription({.consumer = "a", .types = R"({"companyId":"c-2"})"}, bound_key)
            .error()
            .code
          == ec::forbidden);
    CHECK(parse_subscription({.consumer = "a", .types = R"({"filter":{"data.n":{"$gtt":1}}})"},
                             bound_key)
            .error()
            .field
          == "filter/data.n/$gtt");
    CHECK(parse_subscription({.consumer = "a", .types = R"({"types":["Order"]})"}, bound_key)
            .error()
            .field
          == "types");
    CHECK_FALSE(parse_subscription({.consumer = "a", .types = R"({"filters":{}})"}, bound_key));
    CHECK_FALSE(parse_subscription({.consumer = "a", .types = "{"}, bound_key));
  }
}
