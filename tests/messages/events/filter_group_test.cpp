#include "messages/events/filter_group.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace carillon;

TEST_SUITE("messages/filter_group") {
  namespace {

  payload_filter parsed(std::string_view text) {
    const auto out = payload_filter::parse(text);
    REQUIRE(out.has_value());
    return *out;
  }

  /// A filter about `n` members that no other number has.
  payload_filter about(size_t n, size_t number) {
    std::string out = "{";
    for (size_t i = 0; i < n; ++i)
      out += (i == 0 ? "\"data.m" : ",\"data.m") + std::to_string(number) + "_" + std::to_string(i)
             + "\":1";
    return parsed(out + "}");
  }

  struct fixture {
    filter_group group;
    filter_values found;

    void look_at(std::string_view data) {
      group.look_at({.type = "order.created", .company_id = "c-1", .data = data}, found);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "one look at an event answers for every filter") {
    const auto large = group.add(parsed(R"({"data.total":{"$gt":100},"data.status":"new"})"));
    const auto named = group.add(parsed(R"({"data.status":{"$startsWith":"n\u0065"}})"));
    const auto typed = group.add(parsed(R"({"type":"order.created"})"));
    const auto item = group.add(parsed(R"({"data.items.1.sku":"b"})"));
    REQUIRE((large && named && typed && item));
    look_at(R"({"items":[{"sku":"a"},{"sku":"b"}],"status":"new","total":100.5})");
    for (const auto& x : {large, named, typed, item})
      CHECK(group.matches(*x, found));
    look_at(R"({"items":[{"sku":"b"}],"status":"old","total":100.5})");
    CHECK_FALSE(group.matches(*large, found));
    CHECK_FALSE(group.matches(*named, found));
    CHECK(group.matches(*typed, found));
    CHECK_FALSE(group.matches(*item, found));
  }

  TEST_CASE_FIXTURE(fixture, "texts with escapes are kept until the next look") {
    std::vector<size_t> all;
    std::string data = "{";
    for (int i = 0; i < 50; ++i) {
      const auto n = std::to_string(i);
      all.push_back(*group.add(parsed(R"({"data.a)" + n + R"(":"é)" + n + R"("})")));
      data += (i == 0 ? "\"\\u0061" : ",\"\\u0061") + n + R"(":"\u00e9)" + n + '"';
    }
    look_at(data + "}");
    for (const auto place : all)
      CHECK(group.matches(place, found));
  }

  TEST_CASE_FIXTURE(fixture, "places stay when others are removed, and are taken again") {
    const auto first = *group.add(parsed(R"({"data.a":1})"));
    const auto second = *group.add(parsed(R"({"data.b":1})"));
    group.remove(first);
    look_at(R"({"a":1,"b":1})");
    CHECK(group.matches(second, found));
    CHECK(group.add(parsed(R"({"data.a":2})")) == first);
    look_at(R"({"a":1,"b":1})");
    CHECK(group.matches(second, found));
    CHECK_FALSE(group.matches(first, found));
    group.remove(first);
    group.remove(second);
    CHECK(group.empty());
  }

  TEST_CASE_FIXTURE(fixture, "its paths are bounded, and those that are removed make room") {
    std::vector<size_t> all;
    for (size_t i = 0; i < 4; ++i)
      all.push_back(*group.add(about(64, i)));
    CHECK_FALSE(group.add(about(1, 9)));
    group.remove(all[2]);
    CHECK(group.add(about(64, 9)) == all[2]);
    CHECK_FALSE(group.add(about(1, 10)));
  }

  TEST_CASE_FIXTURE(fixture, "its filters are bounded") {
    for (size_t i = 0; i < filter_group::most_filters; ++i)
      REQUIRE(group.add(parsed(R"({"data.a":1})")));
    CHECK_FALSE(group.add(parsed(R"({"data.a":1})")));
  }
}
