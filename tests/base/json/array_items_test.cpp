#include "base/json/array_items.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("base/array_items") {
  namespace {

  struct cut_array {
    std::vector<std::string> items;
    std::vector<size_t> begins;
    std::vector<size_t> levels;
    ec fault = ec::none;
  };

  cut_array cut(std::string_view text) {
    cut_array out;
    array_items all{text, "things"};
    for (bool more = true; more;) {
      auto item = all.next();
      if (!item) {
        out.fault = item.error().code;
        return out;
      }
      out.items.emplace_back(item->text);
      out.begins.push_back(item->begin);
      out.levels.push_back(item->levels);
      auto follows = all.more();
      if (!follows) {
        out.fault = follows.error().code;
        return out;
      }
      more = *follows;
    }
    return out;
  }

  } // namespace

  TEST_CASE("items are cut by quotes and brackets, without the blanks around them") {
    auto x = cut("  [ {\"a\": \"],[\\\"\"} ,[[1], 2] , 7\n]\t");
    CHECK(x.items == std::vector<std::string>{R"({"a": "],[\""})", "[[1], 2]", "7"});
    CHECK(x.begins == std::vector<size_t>{4, 20, 31});
    CHECK(x.levels == std::vector<size_t>{1, 2, 0});
    // Their parser tells whether they are JSON.
    CHECK(cut("[,]").items == std::vector<std::string>{"", ""});
    CHECK(cut("[nonsense]").items == std::vector<std::string>{"nonsense"});
  }

  TEST_CASE("what is no array, or an empty one, has no items") {
    for (const auto* text :
         {"", "  ", "[", "[1", "[1,", "[{]", "[\"a]", "[\"a\\", "[1] 2", "[1]]", "[}"})
      CHECK_MESSAGE(cut(text).fault == ec::malformed_json, text);
    for (const auto* text : {"{}", "7", "[]", "[ ]"})
      CHECK_MESSAGE(cut(text).fault == ec::invalid_argument, text);
    CHECK(array_items{"{}", "things"}.next().error().detail == "an array of things is expected");
  }

  TEST_CASE("the first character tells whether a text begins an array") {
    for (const auto* text : {"[", " \t\r\n[1]", "[}"})
      CHECK_MESSAGE(begins_array(text), text);
    for (const auto* text : {"", " \n", "{}", "{\"a\":[]}", "1[", "\v["})
      CHECK_FALSE_MESSAGE(begins_array(text), text);
  }
}
