#include "messages/events/payload_filter.hpp"

#include "messages/events/filter.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace carillon;

TEST_SUITE("messages/payload_filter") {
  namespace {

  constexpr std::string_view order
    = R"({"orderId":"o-1","total":129.50,"paid":true,"note":null,"customer":{"name":"Zoë","age":7},)"
      R"("items":[{"sku":"A-1","n":2},{"sku":"B-2"}],"tags":["new"],"a.b":1,"":2})";

  bool holds(std::string_view filter, std::string_view data = order) {
    CAPTURE(filter);
    auto x = payload_filter::parse(filter);
    REQUIRE(x.has_value());
    return x->matches(
      {.id = "e-1", .type = "order.created", .source = "/shop", .company_id = "c-1", .data = data});
  }

  failure refused(std::string_view filter) {
    CAPTURE(filter);
    auto x = payload_filter::parse(filter);
    REQUIRE(x.has_error());
    return x.error();
  }

  } // namespace

  TEST_CASE("without conditions every event matches") {
    CHECK(payload_filter{}.is_everything());
    CHECK(payload_filter::parse(" { } ")->is_everything());
    CHECK(payload_filter{}.text() == "{}");
    CHECK(holds("{}"));
    CHECK(holds("{}", "no JSON"));
  }

  TEST_CASE("a value stands for $eq, and members for $and") {
    CHECK(holds(R"({"data.orderId":"o-1"})"));
    CHECK(holds(R"({"data.orderId":"o-1","data.paid":true})"));
    CHECK_FALSE(holds(R"({"data.orderId":"o-1","data.paid":false})"));
    CHECK(holds(R"({"data.total":{"$gt":100,"$lt":200}})"));
    CHECK_FALSE(holds(R"({"data.total":{"$gt":100,"$lt":129.5}})"));
  }

  TEST_CASE("each operator") {
    CHECK(holds(R"({"data.total":{"$eq":129.5}})"));
    CHECK(holds(R"({"data.total":{"$eq":1295e-1}})"));
    CHECK_FALSE(holds(R"({"data.total":{"$eq":"129.50"}})"));
    CHECK(holds(R"({"data.total":{"$ne":1}})"));
    CHECK_FALSE(holds(R"({"data.total":{"$ne":129.5}})"));
    CHECK(holds(R"({"data.total":{"$gte":129.5,"$lte":129.5}})"));
    CHECK_FALSE(holds(R"({"data.total":{"$gt":129.5}})"));
    CHECK(holds(R"({"data.customer.name":{"$gt":"Zo","$lt":"a"}})"));
    CHECK(holds(R"({"data.orderId":{"$in":["x","o-1",7]}})"));
    CHECK_FALSE(holds(R"({"data.orderId":{"$in":[]}})"));
    CHECK(holds(R"({"data.orderId":{"$nin":["x"]}})"));
    CHECK(holds(R"({"data.note":{"$exists":true}})"));
    CHECK(holds(R"({"data.none":{"$exists":false}})"));
    CHECK(holds(R"({"data.orderId":{"$startsWith":"o-","$endsWith":"1"}})"));
    CHECK_FALSE(holds(R"({"data.orderId":{"$startsWith":"o-1x"}})"));
    CHECK(holds(R"({"data.total":{"$not":{"$lt":100}}})"));
    CHECK(holds(R"({"$or":[{"data.total":1},{"data.paid":true}]})"));
    CHECK_FALSE(holds(R"({"$and":[{"data.total":1},{"data.paid":true}]})"));
    CHECK(holds(R"({"$not":{"data.total":1}})"));
  }

  TEST_CASE("a missing member, null, and other kinds") {
    CHECK(holds(R"({"data.note":null})"));
    CHECK_FALSE(holds(R"({"data.none":null})"));
    CHECK(holds(R"({"data.none":{"$ne":1}})"));
    CHECK(holds(R"({"data.none":{"$nin":[1]}})"));
    CHECK_FALSE(holds(R"({"data.none":{"$lt":1}})"));
    CHECK(holds(R"({"data.none":{"$not":{"$lt":1}}})"));
    CHECK_FALSE(holds(R"({"data.orderId":{"$gt":0}})"));
    CHECK_FALSE(holds(R"({"data.total":{"$startsWith":"1"}})"));
    CHECK_FALSE(holds(R"({"data.paid":1})"));
    CHECK_FALSE(holds(R"({"data.customer":{"$eq":null}})"));
    CHECK(holds(R"({"data.customer":{"$exists":true}})"));
    CHECK_FALSE(holds(R"({"data.tags":"new"})"));
  }

  TEST_CASE("paths lead into objects, by number into lists, and to members of the event") {
    CHECK(holds(R"({"data.customer.age":7})"));
    CHECK(holds(R"({"data.items.1.sku":"B-2"})"));
    CHECK(holds(R"({"data.items.2.sku":{"$exists":false}})"));
    CHECK(holds(R"({"data.items.01.sku":{"$exists":false}})"));
    CHECK(holds(R"({"data.orderId.x":{"$exists":false}})"));
    CHECK(holds(R"({"/data/a.b":1})"));
    CHECK(holds(R"({"/data/":2})"));
    CHECK(holds(R"({"type":"order.created","source":{"$startsWith":"/s"},"id":"e-1"})"));
    CHECK(holds(R"({"companyId":"c-1","userId":{"$exists":false}})"));
  }

  TEST_CASE("names and texts with escapes are those without") {
    CHECK(holds(R"({"data.caf\u00e9":"x\"y"})", R"({"caf\u00e9":"x\u0022y"})"));
    CHECK(holds(R"({"data.café":{"$startsWith":"x\""}})", R"({"caf\u00e9":"x\u0022y"})"));
  }

  TEST_CASE("numbers keep their digits") {
    const auto* data = R"({"n":9007199254740993})";
    CHECK(holds(R"({"data.n":9007199254740993})", data));
    CHECK_FALSE(holds(R"({"data.n":9007199254740992})", data));
    CHECK(holds(R"({"data.n":{"$gt":9007199254740992}})", data));
  }

  TEST_CASE("a fault names its place") {
    CHECK(refused("[]").field == "filter");
    CHECK(refused("{").field == "filter");
    CHECK(refused(R"({"a":1,"a":2})").field == "filter");
    CHECK(refused(R"({"data.total":{"$gtt":1}})").field == "filter/data.total/$gtt");
    CHECK(refused(R"({"$or":[{"data.a":1},{"total":1}]})").field == "filter/$or/1/total");
    CHECK(refused(R"({"$xor":[]})").field == "filter/$xor");
    CHECK(refused(R"({"$gt":1})").field == "filter/$gt");
    CHECK(refused(R"({"$or":{}})").field == "filter/$or");
    CHECK(refused(R"({"$or":[]})").field == "filter/$or");
    CHECK(refused(R"({"$or":[1]})").field == "filter/$or/0");
    CHECK(refused(R"({"$not":[]})").field == "filter/$not");
    CHECK(refused(R"({"/data/a~1b":{}})").field == "filter/~1data~1a~01b");
    CHECK(refused(R"({"data.a":[1]})").field == "filter/data.a");
    CHECK(refused(R"({"data.a":{"b":1}})").field == "filter/data.a/b");
    CHECK(refused(R"({"data.a":{"$eq":[1]}})").field == "filter/data.a/$eq");
    CHECK(refused(R"({"data.a":{"$in":1}})").field == "filter/data.a/$in");
    CHECK(refused(R"({"data.a":{"$in":[{}]}})").field == "filter/data.a/$in/0");
    CHECK(refused(R"({"data.a":{"$gt":true}})").field == "filter/data.a/$gt");
    CHECK(refused(R"({"data.a":{"$exists":1}})").field == "filter/data.a/$exists");
    CHECK(refused(R"({"data.a":{"$startsWith":1}})").field == "filter/data.a/$startsWith");
    for (const auto* path : {"data", "data.", "data..a", ".data", "metadata.ip", "time", "seq", "",
                             "type.x", "/data", "/data/~", "/type/x", "companyid"})
      CHECK(refused("{\"" + std::string{path} + "\":1}").code == ec::invalid_argument);
  }

  TEST_CASE("the bounds hold, and not one more") {
    const auto with_operators = [](int n) {
      std::string out = "{";
      for (int i = 0; i < n; ++i)
        out += (i == 0 ? "\"data.m" : ",\"data.m") + std::to_string(i) + "\":1";
      return out + "}";
    };
    CHECK(payload_filter::parse(with_operators(64)));
    CHECK(refused(with_operators(65)).field == "filter/data.m64");
    const auto within = [](int n) {
      std::string out = "{\"data.a\":1}";
      for (int i = 1; i < n; ++i)
        out = "{\"$or\":[" + out + "]}";
      return out;
    };
    CHECK(payload_filter::parse(within(8)));
    CHECK(refused(within(9)).code == ec::invalid_argument);
    CHECK(refused(within(60)).code == ec::invalid_argument);
    const auto with_list = [](int n) {
      std::string out = "{\"data.a\":{\"$in\":[0";
      for (int i = 1; i < n; ++i)
        out += ',' + std::to_string(i);
      return out + "]}}";
    };
    CHECK(payload_filter::parse(with_list(100)));
    CHECK(refused(with_list(101)).field == "filter/data.a/$in/100");
    const auto with_text = [](size_t n) { return "{\"data.a\":\"" + std::string(n, 'x') + "\"}"; };
    CHECK(payload_filter::parse(with_text(512)));
    CHECK(refused(with_text(513)).field == "filter/data.a");
    const auto with_path = [](size_t n) { return "{\"data." + std::string(n - 5, 'x') + "\":1}"; };
    CHECK(payload_filter::parse(with_path(256)));
    CHECK_FALSE(payload_filter::parse(with_path(257)));
    std::string deep = "data";
    for (int i = 0; i < 15; ++i)
      deep += ".a";
    CHECK(payload_filter::parse("{\"" + deep + "\":1}"));
    CHECK_FALSE(payload_filter::parse("{\"" + deep + ".a\":1}"));
    CHECK_FALSE(payload_filter::parse("{\"data.a\":1" + std::string(8'192, ' ') + "}"));
  }

  TEST_CASE("a filter survives its text") {
    const auto x
      = *payload_filter::parse(R"( { "data.a b" : { "$in" : [ 1.50 , " x \" y " ] } } )");
    CHECK(x.text() == R"({"data.a b":{"$in":[1.50," x \" y "]}})");
    CHECK(*payload_filter::parse(x.text()) == x);
    CHECK_FALSE(payload_filter{} == x);
  }

  TEST_CASE("two filters are one for events that both select") {
    const auto a = *payload_filter::parse(R"({"data.total":{"$gt":100}})");
    const auto b = *payload_filter::parse(R"({"data.paid":true})");
    const auto matches
      = [](const payload_filter& x, std::string_view data) { return x.matches({.data = data}); };
    const auto x = both(a, b);
    CHECK(matches(x, order));
    CHECK_FALSE(matches(x, R"({"total":200,"paid":false})"));
    CHECK_FALSE(matches(x, R"({"total":20,"paid":true})"));
    CHECK(x.text() == R"({"$and":[{"data.total":{"$gt":100}},{"data.paid":true}]})");
    CHECK(both(a, {}) == a);
    CHECK(both({}, b) == b);
    CHECK(both(a, a) == a);
  }

  TEST_CASE("an event filter has it, in its JSON too") {
    event_filter x;
    x.types = *parse_patterns("order.*");
    x.payload = *payload_filter::parse(R"({"data.n":{"$gt":9007199254740993}})");
    CHECK_FALSE(x.is_everything());
    CHECK(to_json(x) == R"({"types":["order.*"],"filter":{"data.n":{"$gt":9007199254740993}}})");
    CHECK(*filter_from_json(to_json(x)) == x);
    CHECK(filter_from_json(R"({"filter":{"data.n":{"$gt":true}}})").error().field
          == "filter/data.n/$gt");
    event y;
    y.type = "order.created";
    y.data = R"({"n":9007199254740994})";
    CHECK(matches(x, y));
    y.data = R"({"n":9007199254740993})";
    CHECK_FALSE(matches(x, y));
    event_filter narrower;
    narrower.payload = *payload_filter::parse(R"({"data.n":9007199254740994})");
    const auto joined = intersection(x, narrower);
    REQUIRE(joined);
    CHECK_FALSE(matches(*joined, y));
    y.data = R"({"n":9007199254740994})";
    CHECK(matches(*joined, y));
  }
}
