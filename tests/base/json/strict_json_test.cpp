#include "base/json/strict_json.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using namespace std::literals;

TEST_SUITE("base/strict_json") {
  namespace {

  std::string nested(size_t levels) {
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  }

  } // namespace

  TEST_CASE("one object is taken, with whitespace around it") {
    for (const auto& text :
         {"{}"s, " \t\r\n{\"a\":1}\n"s, R"({"a":{"b":1},"c":{"b":2}})"s,
          R"({"a":[{"b":1},{"b":2}]})"s, R"({"a":"\u0000"})"s, R"({"\u00e4":"}]\"{["})"s}) {
      CAPTURE(text);
      CHECK(parse_strict_object(text, 3).has_value());
    }
    CHECK(parse_strict_object(R"({"a":"\ud83d\ude00","\uD83D\uDE00":1})", 1).has_value());
    // With full precision RapidJSON computes the logarithm of zero here.
    for (const auto& zero : {"0e0"s, "0.0"s, "-0.0e-9"s, "0." + std::string(400, '0') + "1"}) {
      CAPTURE(zero);
      auto x = parse_strict_object(R"({"n":)" + zero + "}", 1);
      REQUIRE(x.has_value());
      CHECK(find_member(*x, "n")->GetDouble() == doctest::Approx(0.0));
    }
    auto x = parse_strict_object(R"({"a":"x\u0000y","n":1})", 1);
    REQUIRE(x.has_value());
    CHECK(find_text(*x, "a") == "x\0y"sv);
    CHECK(find_member(*x, "n")->GetInt() == 1);
    CHECK(!find_text(*x, "n"));
    CHECK(find_member(*x, "b") == nullptr);
  }

  TEST_CASE("what two parsers could understand differently is refused") {
    struct row {
      std::string text;
      std::string reason;
    };
    const std::vector<row> rows{
      {"", "not valid"},
      {"\xef\xbb\xbf{}", "byte order mark"},
      {"\0{}"s, "NUL at byte 0"},
      {"{}\0"s, "NUL at byte 2"},
      {"{}\0{\"a\":1}"s, "NUL"},
      {"{\"a\":\"x\0y\"}"s, "NUL"},
      {"{} {}", "not valid, see byte 3"},
      {"{}]", "not valid"},
      {"{},", "not valid"},
      {"{\"a\":1,}", "not valid"},
      {"{\"a\":1}x", "not valid"},
      {"{'a':1}", "not valid"},
      {"{\"a\":NaN}", "not valid"},
      {"{\"a\":01}", "not valid"},
      {"{/**/}", "not valid"},
      {"[]", "not an object"},
      {"1", "not an object"},
      {"null", "not an object"},
      {"{\"a\":\"\xff\"}", "UTF-8"},
      {"{\"a\":\"\xed\xa0\x80\"}", "UTF-8"},
      {"{\"a\":\"\xc0\x80\"}", "UTF-8"},
      {R"({"a":1,"a":1})", "name twice"},
      {R"({"a":1,"\u0061":2})", "name twice"},
      {R"({"a":[{"b":"x\udc00"}]})", "surrogate"},
      {R"({"\uDFFF":1})", "surrogate"},
      {R"({"a":"\ude00\ud83d"})", "not valid"},
      {R"({"x":[{"b":{"a":1,"c":2,"a":3}}]})", "name twice"},
      {nested(9), "more than 8 levels"},
      {std::string(100'000, '['), "more than 8 levels"},
    };
    for (const auto& x : rows) {
      auto shown = x.text.substr(0, 40);
      CAPTURE(shown);
      auto refused = parse_strict_object(x.text, 8);
      REQUIRE(refused.has_error());
      CHECK(refused.error().code == ec::malformed_json);
      CHECK_MESSAGE(refused.error().detail.find(x.reason) != std::string::npos,
                    refused.error().detail);
    }
  }

  TEST_CASE("depth is counted outside of texts, up to the limit") {
    CHECK(parse_strict_object(nested(8), 8).has_value());
    CHECK(parse_strict_object(R"({"a":"[[[[\"[[[[","b":[]})", 2).has_value());
    CHECK(parse_strict_object(R"({"a":"\\","b":[[]]})", 2).has_error());
  }

  TEST_CASE("the text of a member is what was sent") {
    const std::string text
      = R"( {"a":"x\"},{", "b" : { "n":[1, {"b":"}"}],"x":0.12345678901234567890 } , "c":-1e400,)"
        R"("d":[],"":null,"\u0065":1} )";
    CHECK(member_text(text, "a") == R"("x\"},{")");
    CHECK(member_text(text, "b") == R"({ "n":[1, {"b":"}"}],"x":0.12345678901234567890 })");
    CHECK(member_text(text, "c") == "-1e400");
    CHECK(member_text(text, "d") == "[]");
    CHECK(member_text(text, "") == "null");
    CHECK(member_text(text, "e") == "1");
    for (const auto* absent : {"\\u0065", "n", "x", "f", "}"})
      CHECK(member_text(text, absent).empty());
    CHECK(member_text("{}", "a").empty());
    CHECK(member_text(" { } ", "a").empty());
    CHECK(member_text(R"({"a":1})", "a") == "1");
  }

  TEST_CASE("what is JSON, and only unwanted, is told from what is broken") {
    for (const auto* text : {"7", "[]", " {\"a\":1,\"a\":2} ", R"("\udc00")"})
      CHECK_MESSAGE(is_json(text), text);
    CHECK(is_json(nested(200)));
    for (const auto& text :
         {""s, "{"s, "{} {}"s, "{'a':1}"s, "\"\xff\""s, R"("\ud800")"s, "7\0"s, "[1,]"s})
      CHECK_MESSAGE(!is_json(text), text);
  }
}
