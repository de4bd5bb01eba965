#include "base/json/appender.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;

TEST_SUITE("base/json/appender") {
  TEST_CASE("members and items are separated, and nothing else is") {
    std::string out;
    json_appender{out}
      .begin_object()
      .member("text", "a\"b")
      .member("most", UINT64_MAX)
      .member("least", INT64_MIN)
      .member("yes", true)
      .member("at", from_micros(0))
      .begin_object("inner")
      .raw("json", "[{}]")
      .end_object()
      .begin_array("items")
      .item("x,")
      .item(uint64_t{1})
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .end_array()
      .end_object();
    CHECK(
      out
      == R"({"text":"a\"b","most":18446744073709551615,"least":-9223372036854775808,"yes":true,)"
         R"("at":")"
           + to_rfc3339(from_micros(0)) + R"(","inner":{"json":[{}]},"items":["x,",1,{},[]]})");
  }

  TEST_CASE("an empty text is left out, or null") {
    std::string out;
    json_appender{out}
      .begin_object()
      .member_unless_empty("a", "")
      .member_unless_empty("b", "x")
      .member_or_null("c", "")
      .member_or_null("d", "{")
      .member("e", "")
      .end_object();
    CHECK(out == R"({"b":"x","c":null,"d":"{","e":""})");
  }

  TEST_CASE("a text may follow another, and an object may be continued") {
    std::string out = "data: ";
    json_appender{out}.begin_object().member("a", false).end_object();
    CHECK(out == R"(data: {"a":false})");
    out.pop_back();
    json_appender::within(out).member("b", "x").end_object();
    CHECK(out == R"(data: {"a":false,"b":"x"})");
    out = "{";
    json_appender::within(out).raw("c", "{}").end_object();
    CHECK(out == R"({"c":{}})");
  }

  TEST_CASE("control characters are escaped, other ones are not") {
    std::string out;
    append_json_string(out, "\x01\b\f\n\r\t\x1f\x7f/\\é");
    CHECK(out == "\"\\u0001\\u0008\\u000c\\n\\r\\t\\u001f\x7f/\\\\é\"");
  }
}
