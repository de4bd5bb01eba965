#include "messages/events/filter.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace carillon;

TEST_SUITE("messages/filter") {
  TEST_CASE("patterns are exact, a subtree, or everything") {
    CHECK(type_pattern::parse("order.created")->matches("order.created"));
    CHECK_FALSE(type_pattern::parse("order.created")->matches("order.created.late"));
    CHECK(type_pattern::parse("order.*")->matches("order.created"));
    CHECK(type_pattern::parse("order.*")->matches("order.a.b"));
    CHECK_FALSE(type_pattern::parse("order.*")->matches("orders.created"));
    CHECK(type_pattern::parse("a.b.*")->matches("a.b.c"));
    CHECK_FALSE(type_pattern::parse("a.b.*")->matches("a.c"));
    CHECK(type_pattern::parse("*")->matches("any.thing"));
    CHECK(type_pattern{}.is_everything());
  }

  TEST_CASE("other patterns are refused") {
    for (const char* x : {"", ".", "**", "*.created", "order*", "order.", ".*", "order.*.x",
                          "Order.*", "order", "a..*"})
      CHECK_FALSE_MESSAGE(type_pattern::parse(x), x);
  }

  TEST_CASE("lists are separated by commas and bounded") {
    CHECK(parse_patterns("")->empty());
    CHECK(parse_patterns("order.*,user.login")->size() == 2);
    CHECK_FALSE(parse_patterns("order.*,"));
    CHECK_FALSE(parse_patterns(",order.*"));
    std::string many = "*";
    for (int i = 0; i < 100; ++i)
      many += ",*";
    CHECK_FALSE(parse_patterns(many));
  }

  TEST_CASE("a filter survives its JSON") {
    event_filter x;
    CHECK(*filter_from_json(to_json(x)) == x);
    x.types = *parse_patterns("order.*,user.login,*");
    x.company_id = "c\"1";
    x.user_id = "u";
    x.correlation_id = "r";
    x.from = from_micros(1'000'000);
    x.to = from_micros(9'000'001);
    CHECK(*filter_from_json(to_json(x)) == x);
    CHECK_FALSE(x.is_everything());
    CHECK(event_filter{}.is_everything());
  }

  TEST_CASE("a filter of wrong JSON is refused with its field") {
    CHECK(filter_from_json("[]").error().code == ec::invalid_argument);
    CHECK(filter_from_json("{").error().code == ec::malformed_json);
    CHECK(filter_from_json(R"({"colour":1})").error().field == "colour");
    CHECK(filter_from_json(R"({"types":"order.*"})").error().field == "types");
    CHECK(filter_from_json(R"({"types":["x"]})").error().field == "types");
    CHECK(filter_from_json(R"({"companyId":7})").error().field == "companyId");
    CHECK(filter_from_json(R"({"startDate":"soon"})").error().field == "startDate");
  }

  TEST_CASE("matching agrees with a plain reading of the rules") {
    auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 rng{seed};
    auto pick = [&](auto... xs) {
      std::string all[] = {xs...};
      return all[rng() % sizeof...(xs)];
    };
    std::optional<event_filter> last;
    for (int i = 0; i < 20'000; ++i) {
      event_filter f;
      if (rng() % 2 == 0)
        f.types = *parse_patterns(pick("order.*", "order.created", "user.*,order.created", "*"));
      if (rng() % 2 == 0)
        f.company_id = pick("c-1", "c-2");
      if (rng() % 3 == 0)
        f.user_id = pick("u-1", "");
      if (rng() % 3 == 0)
        f.correlation_id = pick("r-1", "r-2");
      if (rng() % 3 == 0)
        f.from = from_micros(rng() % 10);
      if (rng() % 3 == 0)
        f.to = from_micros(rng() % 10);
      auto type = pick("order.created", "order.shipped", "user.login");
      auto company = pick("c-1", "c-2", "");
      auto user = pick("u-1", "");
      auto correlation = pick("r-1", "");
      auto time = from_micros(rng() % 10);
      bool type_fits = f.types.empty();
      for (const auto& p : f.types) {
        auto text = p.text();
        type_fits |= text == "*" || text == type
                     || (text.back() == '*' && type.rfind(text.substr(0, text.size() - 1), 0) == 0);
      }
      bool wanted = type_fits && (!f.company_id || *f.company_id == company)
                    && (!f.user_id || *f.user_id == user)
                    && (!f.correlation_id || *f.correlation_id == correlation)
                    && (!f.from || time >= *f.from) && (!f.to || time < *f.to);
      REQUIRE(matches(f, event_keys{type, company, user, correlation, time}) == wanted);
      if (last) {
        const event_keys keys{type, company, user, correlation, time};
        auto both = intersection(f, *last);
        REQUIRE((both && matches(*both, keys)) == (matches(f, keys) && matches(*last, keys)));
      }
      last = f;
    }
  }
}
