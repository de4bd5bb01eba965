#include "messages/codec/codec.hpp"
#include "messages/codec/schema/schema_check.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("messages/schema_checker") {
  namespace {

  /// Values of `data.x` that its schema accepts, and others.
  struct row {
    std::string schema;
    std::vector<std::string> good;
    std::vector<std::string> bad;
    const char* keyword;
  };

  expected<void> check(const std::string& schema, const std::string& data) {
    auto made = make_schema_check(schema);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().detail));
    payload_view view;
    view.json = data;
    return (*made)(view);
  }

  void run(const row& x) {
    CAPTURE(x.schema);
    auto schema = R"({"properties":{"x":)" + x.schema + "}}";
    for (const auto& value : x.good) {
      auto got = check(schema, R"({"x":)" + value + "}");
      CHECK_MESSAGE(got, value << ": " << (got ? "" : got.error().detail));
    }
    for (const auto& value : x.bad) {
      auto got = check(schema, R"({"x":)" + value + "}");
      REQUIRE_FALSE_MESSAGE(got, value);
      CHECK(got.error().code == ec::schema_violation);
      CHECK_MESSAGE(got.error().detail.find("'" + std::string{x.keyword} + "'")
                      != std::string::npos,
                    got.error().detail);
    }
  }

  /// An array with this value again and again, of about so many bytes.
  std::string many(const std::string& value, size_t bytes) {
    std::string out = "[" + value;
    while (out.size() < bytes)
      out += "," + value;
    return out + "]";
  }

  /// `anyOf` of as many branches; only the last takes 1.
  std::string branches(int count) {
    std::string out = R"({"anyOf":[)";
    for (int i = count; i > 1; --i)
      out += R"({"minimum":)" + std::to_string(i) + "},";
    return out + R"({"type":"integer"}]})";
  }

  } // namespace

  TEST_CASE("numbers") {
    const std::vector<row> table{
      {R"({"multipleOf":0.01})",
       {"19.99", "1998.99", "0", "-0.07", "1e300", "4", "0.1", "92233720368547758.07"},
       {"19.999", "0.001", "1e-5"},
       "multipleOf"},
      {R"({"multipleOf":0.1})",
       {"0.3", "1.1", "-2.7", "100000000000000.1"},
       {"0.35"},
       "multipleOf"},
      {R"({"multipleOf":7})",
       {"18446744073709551614", "-7", "0", "1.4e1"},
       {"18446744073709551615", "3.5"},
       "multipleOf"},
      {R"({"exclusiveMinimum":0})", {"1", "0.001"}, {"0", "-1", "-0.0"}, "exclusiveMinimum"},
      {R"({"exclusiveMaximum":9007199254740993})",
       {"9007199254740992"},
       {"9007199254740993", "9007199254740994"},
       "exclusiveMaximum"},
      {R"({"minimum":3,"exclusiveMinimum":true})", {"3.5", "4"}, {"3"}, "exclusiveMinimum"},
      {R"({"maximum":3,"exclusiveMaximum":false})", {"3"}, {"3.1"}, "maximum"},
      {R"({"type":"integer"})", {"1", "1.0", "1e3", "-5"}, {"1.5", "\"1\"", "null"}, "type"},
      {R"({"type":["number","null"]})", {"1", "1.5", "null"}, {"\"1\"", "[]", "true"}, "type"},
      {R"({"format":"int32"})",
       {"2147483647", "-2147483648", "\"x\""},
       {"2147483648", "0.5"},
       "format"},
      {R"({"format":"int64"})", {"9223372036854775807"}, {"9223372036854775808", "1e19"}, "format"},
    };
    for (const auto& x : table)
      run(x);
  }

  TEST_CASE("constants are equal as JSON Schema has it") {
    const std::vector<row> table{
      {R"({"const":"a"})", {"\"a\"", R"("\u0061")"}, {"\"b\"", "1", "null", "[\"a\"]"}, "const"},
      {R"({"const":1})", {"1", "1.0", "1e0"}, {"2", "true", "\"1\""}, "const"},
      {R"({"const":null})", {"null"}, {"0", "false"}, "const"},
      {R"({"const":false})", {"false"}, {"0", "null", "true"}, "const"},
      {R"({"const":{"a":[1,{"b":2}],"c":3}})",
       {R"({"c":3,"a":[1.0,{"b":2}]})"},
       {R"({"a":[1,{"b":2}]})", R"({"a":[{"b":2},1],"c":3})", "{}"},
       "const"},
      {R"({"enum":["a",1,null,{"b":[]}]})",
       {"\"a\"", "1.0", "null", R"({"b":[]})"},
       {"\"1\"", "false", R"({"b":{}})"},
       "enum"},
    };
    for (const auto& x : table)
      run(x);
  }

  TEST_CASE("texts are counted in characters and matched by RE2") {
    const std::vector<row> table{
      {R"({"maxLength":2})", {"\"äö\"", R"("\ud83d\ude00x")"}, {"\"abc\""}, "maxLength"},
      {R"({"minLength":2})", {"\"äö\"", "7"}, {"\"ä\"", "\"\""}, "minLength"},
      {R"({"pattern":"^[A-Z]{2}-\\d+$"})", {"\"AB-12\""}, {"\"AB-12\\n\"", "\"xAB-1\""}, "pattern"},
      {R"({"pattern":"b"})", {"\"abc\"", "5"}, {"\"ac\""}, "pattern"},
      {R"({"pattern":"^\\u00e4\\/\\u{1F600}$"})", {R"("ä/\ud83d\ude00")"}, {"\"a/\""}, "pattern"},
      // Would take practically for ever with a backtracking engine.
      {R"({"pattern":"^(a+)+$"})",
       {"\"aaa\""},
       {"\"" + std::string(5'000, 'a') + "b\""},
       "pattern"},
      // Of Zod 4, z.email().
      {R"({"format":"email","pattern":"^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$"})",
       {"\"ann.lee+x@example.org\""},
       {"\"ann..lee@example.org\"", "\".ann@example.org\"", "\"ann@example\""},
       ""},
      {R"({"pattern":"^(?=.{1,5}$)[a-z]+$"})", {"\"abcde\""}, {"\"abcdef\"", "\"\""}, "pattern"},
    };
    for (const auto& x : table)
      if (*x.keyword != 0)
        run(x);
    const auto& email = table[6];
    auto schema = R"({"properties":{"x":)" + email.schema + "}}";
    CHECK(check(schema, R"({"x":)" + email.good[0] + "}"));
    for (const auto& value : email.bad)
      CHECK_FALSE_MESSAGE(check(schema, R"({"x":)" + value + "}"), value);
  }

  TEST_CASE("formats are demands") {
    const std::vector<row> table{
      {R"({"format":"date-time"})",
       {"\"2026-01-02T03:04:05Z\"", "\"1969-07-20T20:17:40+00:00\"", "5"},
       {"\"2026-01-02\"", "\"x\""},
       "format"},
      {R"({"format":"date"})",
       {"\"2024-02-29\""},
       {"\"2023-02-29\"", "\"2024-02-29T00:00:00Z\""},
       "format"},
      {R"({"format":"time"})",
       {"\"03:04:05Z\"", "\"23:59:60Z\""},
       {"\"03:04\"", "\"24:00:00Z\""},
       "format"},
      {R"({"format":"duration"})",
       {"\"P1DT2H\"", "\"P3W\"", "\"PT0.5S\""},
       {"\"P\"", "\"P1DT\""},
       "format"},
      {R"({"format":"email"})",
       {"\"a.b+c@example.org\""},
       {"\"a@b@c\"", "\"@x.y\"", "\"a b@x.y\"", "\"x\"", "\"a@-x.y\""},
       "format"},
      {R"({"format":"hostname"})", {"\"a.example\""}, {"\"-a\"", "\"a..b\"", "\"\""}, "format"},
      {R"({"format":"ipv4"})", {"\"192.0.2.1\""}, {"\"192.0.2.256\"", "\"::1\""}, "format"},
      {R"({"format":"ipv6"})", {"\"2001:db8::1\""}, {"\"192.0.2.1\"", "\":::\""}, "format"},
      {R"({"format":"uri"})",
       {"\"https://a.example/b?c#d\"", "\"urn:x:y\""},
       {"\"/b\"", "\"a b:\""},
       "format"},
      {R"({"format":"uri-reference"})", {"\"/b\"", "\"../c\""}, {"\"a b\"", "\"\\\\x\""}, "format"},
      {R"({"format":"uuid"})",
       {"\"0af76519-16cd-43dd-8448-eb211c80319c\""},
       {"\"0af7651916cd43dd8448eb211c80319c\""},
       "format"},
      {R"({"format":"ulid","pattern":"^[0-9A-Z]{26}$"})",
       {"\"01ARZ3NDEKTSV4RRFFQ69G5FAV\""},
       {"\"x\""},
       "pattern"},
    };
    for (const auto& x : table)
      run(x);
  }

  TEST_CASE("arrays and objects") {
    const std::vector<row> table{
      {R"({"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false})",
       {R"(["a",1])", "[]"},
       {R"(["a",1,2])"},
       "false"},
      {R"({"items":[{"type":"string"}],"additionalItems":{"type":"integer"}})",
       {R"(["a",1,2])"},
       {R"(["a","b"])"},
       "type"},
      {R"({"items":{"type":"integer"},"additionalItems":false})", {"[1,2,3]"}, {"[null]"}, "type"},
      {R"({"contains":{"const":5}})", {"[1,5]"}, {"[]", "[1]"}, "contains"},
      {R"({"contains":{"const":5},"minContains":2,"maxContains":3})",
       {"[5,5]"},
       {"[5]"},
       "minContains"},
      {R"({"uniqueItems":true})",
       {"[1,\"1\",[1],{\"a\":1},null,false,0]"},
       {"[1,2,1.0]", R"([{"a":1,"b":2},{"b":2,"a":1}])"},
       "uniqueItems"},
      {R"({"propertyNames":{"pattern":"^[a-z]+$"}})",
       {R"({"ab":1})"},
       {R"({"A":1})"},
       "propertyNames"},
      {R"({"patternProperties":{"^n_":{"type":"number"}},"additionalProperties":false})",
       {R"({"n_a":1})"},
       {R"({"n_a":1,"x":2})"},
       "additionalProperties"},
      {R"({"patternProperties":{"^(.*)$":{"type":"string"}}})",
       {R"({"a":"b"})"},
       {R"({"a":1})"},
       "type"},
      {R"({"additionalProperties":{"type":"string"},"properties":{"a":{}}})",
       {R"({"a":1,"b":"c"})"},
       {R"({"b":1})"},
       "type"},
      {R"({"if":{"required":["a"]},"then":{"maxProperties":1},"else":{"minProperties":1}})",
       {R"({"a":1})", R"({"b":1})"},
       {R"({"a":1,"b":2})"},
       "maxProperties"},
      {R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", {"1", "2.5"}, {"3", "1.5"}, "oneOf"},
      {R"({"not":{"type":"null"}})", {"1"}, {"null"}, "not"},
      {R"({"anyOf":[{"type":"string"},{"type":"null"}]})", {"\"a\"", "null"}, {"1"}, "anyOf"},
      {R"(false)", {}, {"1"}, "false"},
      {R"(true)", {"1", "null"}, {}, ""},
    };
    for (const auto& x : table)
      run(x);
  }

  TEST_CASE("a missing member is named, also one that another one demands") {
    CHECK(check(R"({"required":["b","a"]})", R"({"a":1})").error()
          == failure{ec::schema_violation, "data.b is missing", "data.b"});
    CHECK(check(R"({"required":[]})", "{}"));
    auto schema = R"({"dependentRequired":{"card":["zip"]}})";
    CHECK(check(schema, "{}"));
    CHECK(check(schema, R"({"card":1})").error().field == "data.zip");
    // A mismatch in one branch does not fail the whole.
    CHECK(check(R"({"anyOf":[{"required":["a"]},{"type":"object"}]})", "{}"));
  }

  TEST_CASE("what is asserted beside a reference counts") {
    const std::string schema
      = R"({"$defs":{"n":{"type":"integer"}},"properties":{"x":{"$ref":"#/$defs/n","minimum":3}}})";
    CHECK(check(schema, R"({"x":3})"));
    CHECK_FALSE(check(schema, R"({"x":2})"));
    CHECK_FALSE(check(schema, R"({"x":"a"})"));
  }

  TEST_CASE("large events of ordinary schemas are far from the limit") {
    auto line
      = R"({"sku":"AB-1","name":"Bell","quantity":2,"price":19.99,"id":"0af76519-16cd-43dd-8448-eb211c80319c"})";
    auto schema
      = R"({"required":["items"],"properties":{"items":{"type":"array","items":{"type":"object","additionalProperties":false,)"
        R"("required":["sku","quantity"],"properties":{"sku":{"type":"string","pattern":"^[A-Z]+-\\d+$"},"name":{"type":"string","maxLength":80},)"
        R"("quantity":{"type":"integer","minimum":1},"price":{"type":"number","multipleOf":0.01},"id":{"format":"uuid"}}}}}})";
    auto got = check(schema, R"({"items":)" + many(line, 255'000) + "}");
    CHECK_MESSAGE(got, (got ? "" : got.error().detail));
    CHECK(check(R"({"properties":{"x":{"items":{"type":"integer","minimum":0}}}})",
                R"({"x":)" + many("1", 255'000) + "}"));
  }

  TEST_CASE("an event that is too costly by the schema of its type is refused, and soon") {
    struct costly {
      std::string schema;
      std::string value;
    };
    const costly table[] = {
      {R"({"properties":{"x":{"items":)" + branches(61) + "}}}", "1"},
      {R"({"properties":{"x":{"items":{"not":{"not":)" + branches(60) + "}}}}}", "1"},
      {R"({"properties":{"x":{"items":{"allOf":[)" + branches(100) + "," + branches(100) + "]}}}}",
       "1"},
      {R"({"properties":{"x":{"contains":{"oneOf":[)" + branches(200) + "]}}}}", "1"},
      {R"({"properties":{"x":{"items":{"pattern":"^(?:[a-f]?[0-9]){200}$"}}}})",
       "\"" + std::string(200, '1') + "\""},
    };
    for (const auto& x : table) {
      CAPTURE(x.schema.substr(0, 100));
      auto data = R"({"x":)" + many(x.value, 250'000) + "}";
      auto begin = std::chrono::steady_clock::now();
      auto got = check(x.schema, data);
      auto took = std::chrono::steady_clock::now() - begin;
      REQUIRE_FALSE(got);
      CHECK(got.error().code == ec::too_large);
      CHECK(got.error().field == "data");
      // Without a limit: seconds. A build for debugging on a busy machine is slow.
      CHECK(took < std::chrono::seconds{2});
    }
  }

  TEST_CASE("small events have fewer steps, since many come at once") {
    auto schema = R"({"properties":{"x":{"items":)" + branches(200) + "}}}";
    CHECK(check(schema, R"({"x":)" + many("1", 100) + "}"));
    CHECK_FALSE(check(schema, R"({"x":)" + many("1", 2'000) + "}"));
    CHECK(schema_steps(0) > 1'000);
    CHECK(schema_steps(100) < max_schema_steps / 10);
    CHECK(schema_steps(256 * 1024) == max_schema_steps);
  }
}
