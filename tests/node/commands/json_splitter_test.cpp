#include "node/commands/support/json_splitter.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace carillon::commands;

TEST_SUITE("node/json_splitter") {
  namespace {

  using items = std::vector<std::pair<std::string, size_t>>;

  items drain(json_splitter& x) {
    items out;
    while (auto item = x.next())
      out.emplace_back(item->text, item->line);
    return out;
  }

  items split(const std::string& text) {
    json_splitter x;
    x.feed(text);
    x.finish();
    return drain(x);
  }

  } // namespace

  TEST_CASE("lines") {
    CHECK(split("{\"a\":1}\n\n  {\"b\":2}\r\n{\"c\":3}")
          == items{{"{\"a\":1}", 1}, {"{\"b\":2}", 3}, {"{\"c\":3}", 4}});
  }

  TEST_CASE("a byte order mark is skipped before any item, however it comes in") {
    const std::string mark = "\xef\xbb\xbf";
    CHECK(split(mark + "{\"a\":1}\n" + mark + "{\"b\":2}\n")
          == items{{"{\"a\":1}", 1}, {"{\"b\":2}", 2}});
    CHECK(split(mark + " [1,2]") == items{{"1", 1}, {"2", 1}});
    CHECK(split(mark + "{\n\"a\":1}" + mark + "{\"b\":2}")
          == items{{"{\n\"a\":1}", 1}, {"{\"b\":2}", 2}});
    CHECK(split(mark).empty());
    // Within a text it is a character like any other.
    CHECK(split("{\"a\":\"" + mark + "\"}") == items{{"{\"a\":\"" + mark + "\"}", 1}});
    for (const auto& text : {mark + "[{\"a\":1}]", mark + "{\"a\":1}\n"}) {
      json_splitter x;
      items out;
      for (char c : text) {
        x.feed({&c, 1});
        for (auto& item : drain(x))
          out.push_back(item);
      }
      x.finish();
      for (auto& item : drain(x))
        out.push_back(item);
      CHECK(out == items{{"{\"a\":1}", 1}});
    }
  }

  TEST_CASE("a line that is no JSON spoils no other") {
    CHECK(split("{\"a\":1}\n{\"b\":\nnonsense \" [\n{\"c\":3}\n")
          == items{{"{\"a\":1}", 1}, {"{\"b\":", 2}, {"nonsense \" [", 3}, {"{\"c\":3}", 4}});
  }

  TEST_CASE("an array, of which each value knows its line") {
    CHECK(split(" [{\"a\":[1,2]},\n {\"b\":\"],}\\\"\"} ,\n3, \"x,y\"]\n")
          == items{{"{\"a\":[1,2]}", 1}, {"{\"b\":\"],}\\\"\"}", 2}, {"3", 3}, {"\"x,y\"", 3}});
    CHECK(split("[]").empty());
    CHECK(split("[ ]\n").empty());
  }

  TEST_CASE("values over several lines, one after the other") {
    CHECK(split("{\n  \"a\": 1\n}\n{\"b\":\n2}{}")
          == items{{"{\n  \"a\": 1\n}", 1}, {"{\"b\":\n2}", 4}, {"{}", 5}});
  }

  TEST_CASE("what is cut off is still an item, for somebody to refuse") {
    CHECK(split("[{\"a\":1},{\"b\"") == items{{"{\"a\":1}", 1}, {"{\"b\"", 1}});
    CHECK(split("{\"a\":\n") == items{{"{\"a\":", 1}});
  }

  TEST_CASE("stray brackets and commas come to an end") {
    CHECK(split("]").size() == 1);
    CHECK(split("{\n}\n]\n,\n}").size() >= 2);
    CHECK(split("[,,]").empty());
    CHECK(split("[}]").size() <= 2);
  }

  TEST_CASE("nothing comes of nothing") {
    CHECK(split("").empty());
    CHECK(split(" \n\t\r\n").empty());
  }

  TEST_CASE("an item is there as soon as its end is") {
    json_splitter x;
    x.feed("{\"a\":1}");
    CHECK_FALSE(x.next());
    x.feed("\n{\"b\"");
    CHECK(drain(x) == items{{"{\"a\":1}", 1}});
    CHECK(x.buffered() == 4);
    x.feed(":2}\n");
    CHECK(drain(x) == items{{"{\"b\":2}", 2}});
    json_splitter array;
    array.feed("[{\"a\":1}");
    CHECK(drain(array) == items{{"{\"a\":1}", 1}});
  }

  TEST_CASE("how the input is cut makes no difference") {
    auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 rng{seed};
    const std::string alphabet = "{}[]\",:\\ \n\na1";
    for (int round = 0; round < 3'000; ++round) {
      std::string text;
      for (auto n = rng() % 60; n > 0; --n)
        text += alphabet[rng() % alphabet.size()];
      CAPTURE(text);
      json_splitter x;
      items cut;
      for (size_t at = 0; at < text.size();) {
        auto n = 1 + rng() % 7;
        x.feed(std::string_view{text}.substr(at, n));
        at += n;
        for (auto& item : drain(x))
          cut.push_back(std::move(item));
      }
      x.finish();
      for (auto& item : drain(x))
        cut.push_back(std::move(item));
      REQUIRE(cut == split(text));
      CHECK(x.buffered() == 0);
    }
  }
}
