#include "messages/codec/event_array.hpp"

#include "tests/messages/codec/codec_fixture.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::codec_fixture;
using carillon::test::nested;
using carillon::test::order;

TEST_SUITE("messages/event_array") {
  TEST_CASE_FIXTURE(codec_fixture, "in an array each item has its verdict") {
    auto all = parse_events(
      "[" + order("")
        + R"(,1,"x",null,[1,[2]],{"type":"tea.brewed"},{"bad":[{"x":1}],"type":"order.created"},)"
        + order(R"(,"id":"last")") + "]",
      ctx, 100);
    REQUIRE(all);
    REQUIRE(all->size() == 8);
    CHECK((*all)[0]);
    for (size_t i = 1; i < 7; ++i)
      CHECK_FALSE((*all)[i]);
    CHECK((*all)[5].error().code == ec::unknown_type);
    CHECK((*all)[6].error().field == "bad");
    REQUIRE((*all)[7]);
    CHECK((*(*all)[7])->id == "last");
  }

  TEST_CASE_FIXTURE(codec_fixture, "duplicate names and escaped NULs cost one item only") {
    auto all = parse_events("[" + order("", R"({"x":{"a":1,"a":2}})") + ","
                              + order(R"(,"userId":"\u0000")")
                              + R"(,{"type":"order.created","\u0000":1},)" + order("") + "]",
                            ctx, 100);
    REQUIRE(all);
    REQUIRE(all->size() == 4);
    for (size_t i = 0; i < 3; ++i) {
      REQUIRE_FALSE((*all)[i]);
      CHECK((*all)[i].error().code == ec::invalid_argument);
    }
    CHECK((*all)[3]);
  }

  TEST_CASE_FIXTURE(codec_fixture, "whatever an item says costs that item alone, if it is JSON") {
    for (const std::string& bad :
         {order("", R"({"t":"\ud83d"})"), order("", R"({"t":"\ud83dx\udc00"})"),
          order("", R"({"t":["\uDBFF\u0041"],"u":"\ud83d\ude00"})"), order("", R"({"\ud800":1})"),
          order(R"(,"metadata":{"t":"\ud83d"})"), order("", R"({"x":1e999})"),
          order("", R"({"x":)" + nested(64) + "}"), std::string{R"("\ud83d")"},
          order("", R"({"x":")" + std::string(1'100'000, 'x') + "\"}")}) {
      CAPTURE(bad.substr(0, 200));
      auto all = parse_events("[" + bad + "," + order("") + " , " + bad + "]", ctx, 10);
      REQUIRE_MESSAGE(all, (all ? "" : all.error().detail));
      REQUIRE(all->size() == 3);
      CHECK_FALSE((*all)[0]);
      CHECK((*all)[1]);
      CHECK_FALSE((*all)[2]);
      CHECK(name_of((*all)[0].error().code)
            == name_of(bad.size() > 1'000'000 ? ec::too_large : ec::invalid_argument));
      if (bad.size() < 1'000'000) {
        auto alone = parse(bad);
        REQUIRE_FALSE(alone);
        CHECK(alone.error() == (*all)[0].error());
      }
    }
    CHECK(parse(order(R"(,"metadata":{"t":"\ud83d\ude00"})")));
  }

  TEST_CASE_FIXTURE(codec_fixture, "what is not JSON costs the whole array, wherever it stands") {
    for (const std::string& bad :
         {std::string{R"({"t":"\ud83d",})"}, std::string{R"({"t":"\ud83g"})"}, std::string{"{]"},
          std::string{"{}}"}, std::string{"\"\n\""}, std::string{"01"}, std::string{},
          std::string{"{} {}"}, std::string{"\"\xff\""}, std::string{"tru"}, std::string{"\"x"},
          std::string{R"("\")"}, std::string(1, '\0')}) {
      CAPTURE(bad);
      for (const auto& text : {"[" + order("") + "," + bad + "]", "[" + bad + "," + order("") + "]",
                               "[" + order("") + "]" + bad + "x"}) {
        auto all = parse_events(text, ctx, 10);
        REQUIRE_FALSE(all);
        CHECK(all.error().code == ec::malformed_json);
      }
    }
    for (const char* text : {"", "[", "[1", "[1,", "[1,]", "[,1]", "[1]]", "[1] 2"})
      CHECK_MESSAGE(parse_events(text, ctx, 10).error().code == ec::malformed_json, text);
    CHECK(parse_events(" \n[ 1 , 2 ]\t", ctx, 10)->size() == 2);
  }

  TEST_CASE_FIXTURE(codec_fixture, "an array is parsed piece by piece, with the same verdicts") {
    std::string text = "[" + order("");
    for (int i = 1; i < 100; ++i)
      text
        += "," + (i % 3 == 0 ? std::string{"{}"} : order(R"(,"id":"i)" + std::to_string(i) + "\""));
    text += "]";
    event_array pieces{text, event_form::plain, 100};
    size_t turns = 1;
    for (;; ++turns) {
      auto done = pieces.parse(ctx, std::chrono::steady_clock::time_point::min());
      REQUIRE(done);
      if (*done)
        break;
    }
    CHECK(turns == 100);
    auto items = pieces.take();
    auto whole = *parse_events(text, ctx, 100);
    REQUIRE(items.size() == whole.size());
    for (size_t i = 1; i < items.size(); ++i) {
      REQUIRE(items[i].has_value() == whole[i].has_value());
      CHECK((items[i] ? (*items[i])->id == (*whole[i])->id : items[i].error() == whole[i].error()));
    }
  }

  TEST_CASE_FIXTURE(codec_fixture,
                    "an array is refused as a whole if it is no JSON, too long or empty") {
    CHECK(parse_events("[]", ctx, 10).error().code == ec::invalid_argument);
    CHECK(parse_events("{}", ctx, 10).error().code == ec::invalid_argument);
    CHECK(parse_events("[" + order("") + ",", ctx, 10).error().code == ec::malformed_json);
    CHECK(parse_events("[1,2,3]", ctx, 2).error().code == ec::too_large);
    CHECK(parse_events("[1,2]", ctx, 2));
  }
}
