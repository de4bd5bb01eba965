#include "messages/codec.hpp"
#include "messages/utf8.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <rapidjson/document.h>

#include <string>
#include <vector>

using namespace carillon;

namespace {

struct fixture {
  type_registry types;
  parse_context ctx{.types = &types, .now = from_micros(1'800'000'000'000'000)};

  expected<draft_ptr> parse(std::string_view text) {
    return parse_event(text, ctx);
  }

  /// Parses an event that must be fine.
  event good(std::string_view text) {
    auto out = parse(text);
    REQUIRE_MESSAGE(out, (out ? "" : out.error().detail));
    return **out;
  }
};

const std::string order_data = R"({"orderId":"o","total":1.5,"items":[],"status":"new"})";

std::string order(const std::string& more, const std::string& data = order_data) {
  return R"({"type":"order.created","companyId":"c","data":)" + data + more + "}";
}

std::string nested(size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

struct refusal {
  const char* what;
  std::string text;
  ec code;
  const char* field;
};

} // namespace

TEST_SUITE("messages/codec") {
  TEST_CASE_FIXTURE(fixture, "an envelope is taken over as given") {
    auto x = good(
      R"({"id":"i-1","source":"/shop","type":"order.created","time":"2026-01-02T03:04:05.5+01:00",
      "companyId":"c","userId":"u","correlationId":"r","causationId":"k","audience":"user",
      "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "data": {"orderId": "o", "total": 1.50, "items": [ {"a": [1, 2]} ], "status": "new", "more": null} ,
      "metadata": {"ip": "192.0.2.1"}})");
    CHECK(x.id == "i-1");
    CHECK(x.source == "/shop");
    CHECK(to_rfc3339(x.time) == "2026-01-02T02:04:05.500000Z");
    CHECK(x.company_id == "c");
    CHECK(x.user_id == "u");
    CHECK(x.correlation_id == "r");
    CHECK(x.causation_id == "k");
    CHECK(x.audience == audience::user);
    CHECK(
      x.data
      == R"({"orderId": "o", "total": 1.50, "items": [ {"a": [1, 2]} ], "status": "new", "more": null})");
    CHECK(x.metadata == R"({"ip": "192.0.2.1"})");
  }

  TEST_CASE_FIXTURE(fixture, "what is missing gets its default") {
    auto x = good(
      R"({"data":{"orderId":"o","total":1,"items":[],"status":"n","companyId":"c9","userId":"u9"},"type":"order.created"})");
    CHECK(x.id.size() == 36);
    CHECK(x.source == "/api");
    CHECK(x.time == ctx.now);
    CHECK(x.company_id == "c9");
    CHECK(x.user_id == "u9");
    CHECK(x.audience == audience::company);
    CHECK(x.metadata == "{}");
  }

  TEST_CASE_FIXTURE(fixture, "refusals name what is wrong") {
    const std::vector<refusal> table{
      {"nothing", "", ec::malformed_json, ""},
      {"blanks", "   ", ec::malformed_json, ""},
      {"half an object", R"({"type":"order.created")", ec::malformed_json, ""},
      {"a byte order mark", "\xef\xbb\xbf{}", ec::malformed_json, ""},
      {"something behind it", order("") + "x", ec::malformed_json, ""},
      {"two documents", order("") + order(""), ec::malformed_json, ""},
      {"a NUL byte", order("") + std::string(1, '\0'), ec::malformed_json, ""},
      {"an escaped NUL", order(R"(,"userId":"\u0000")"), ec::malformed_json, ""},
      {"an escaped NUL in data", order("", R"({"x":{"y":["\u0000"]}})"), ec::malformed_json, ""},
      {"bad UTF-8", order(",\"userId\":\"\xff\xfe\""), ec::malformed_json, ""},
      {"an overlong encoding", order(",\"userId\":\"\xc0\xaf\""), ec::malformed_json, ""},
      {"half a surrogate pair", order(R"(,"userId":"\ud800")"), ec::malformed_json, ""},
      {"the other half", order(R"(,"userId":"\udc00")"), ec::malformed_json, ""},
      {"the other half in data", order("", R"({"x":[{"y":"a\uDFFF"}]})"), ec::malformed_json, ""},
      {"the other half in a name", order("", R"({"\udC00":1})"), ec::malformed_json, ""},
      {"the other half in metadata", order(R"(,"metadata":{"x":"\udc00"})"), ec::malformed_json,
       ""},
      {"both halves the wrong way round", order(R"(,"id":"\ude00\ud83d")"), ec::malformed_json, ""},
      {"a control character in a string", order(",\"userId\":\"a\nb\""), ec::malformed_json, ""},
      {"a name twice", order(R"(,"companyId":"d")"), ec::malformed_json, ""},
      {"a name twice in data", order("", R"({"orderId":"o","orderId":"p"})"), ec::malformed_json,
       ""},
      {"a name twice far down", order("", R"({"x":[{"a":1,"a":2}]})"), ec::malformed_json, ""},
      {"a name twice by escapes", order("", R"({"a":1,"\u0061":2})"), ec::malformed_json, ""},
      {"a number out of range", order("", R"({"x":1e999})"), ec::malformed_json, ""},
      {"a number just out of range", order("", R"({"x":2e308})"), ec::malformed_json, ""},
      {"a long number out of range", order("", R"({"x":)" + std::string(400, '9') + "}"),
       ec::malformed_json, ""},
      {"an absurd exponent", order("", R"({"x":-1e99999999999999999999})"), ec::malformed_json, ""},
      {"NaN", order("", R"({"x":NaN})"), ec::malformed_json, ""},
      {"a leading zero", order("", R"({"x":01})"), ec::malformed_json, ""},
      {"65 levels", order("", R"({"x":)" + nested(63) + "}"), ec::malformed_json, ""},
      {"a million levels", order("", nested(1'000'000)), ec::malformed_json, ""},
      {"an array", "[]", ec::invalid_argument, ""},
      {"a number", "1", ec::invalid_argument, ""},
      {"null", "null", ec::invalid_argument, ""},
      {"no type", "{}", ec::invalid_argument, "type"},
      {"a type in capitals", R"({"type":"Order.Created"})", ec::invalid_argument, "type"},
      {"a type without a dot", R"({"type":"order"})", ec::invalid_argument, "type"},
      {"a type that is a number", R"({"type":1})", ec::invalid_argument, "type"},
      {"an unknown type", R"({"type":"tea.brewed"})", ec::unknown_type, "type"},
      {"a type of the engine", R"({"type":"handler.dead_lettered"})", ec::forbidden, "type"},
      {"an unknown member", order(R"(,"colour":"red")"), ec::invalid_argument, "colour"},
      {"an empty id", order(R"(,"id":"")"), ec::invalid_argument, "id"},
      {"a long id", order(R"(,"id":")" + std::string(129, 'x') + "\""), ec::invalid_argument, "id"},
      {"an id with a line break", order(R"(,"id":"a\nb")"), ec::invalid_argument, "id"},
      {"a source that is an object", order(R"(,"source":{})"), ec::invalid_argument, "source"},
      {"a time that is none", order(R"(,"time":"yesterday")"), ec::invalid_argument, "time"},
      {"a day that is none", order(R"(,"time":"2026-02-30T00:00:00Z")"), ec::invalid_argument,
       "time"},
      {"an audience that is none", order(R"(,"audience":"world")"), ec::invalid_argument,
       "audience"},
      {"a traceparent that is none", order(R"(,"traceparent":"x")"), ec::invalid_argument,
       "traceparent"},
      {"metadata that is an array", order(R"(,"metadata":[])"), ec::invalid_argument, "metadata"},
      {"data that is a string", order("", R"("x")"), ec::invalid_argument, "data"},
      {"a missing field", order("", R"({"orderId":"o","items":[],"status":"n"})"),
       ec::schema_violation, "data.total"},
      {"a mistyped field", order("", R"({"orderId":"o","total":"1","items":[],"status":"n"})"),
       ec::schema_violation, "data.total"},
      {"null for a field", order("", R"({"orderId":null,"total":1,"items":[],"status":"n"})"),
       ec::schema_violation, "data.orderId"},
      {"a contradiction",
       order("", R"({"orderId":"o","total":1,"items":[],"status":"n","companyId":"d"})"),
       ec::schema_violation, "data.companyId"},
      {"no company", R"({"type":"order.created","data":)" + order_data + "}", ec::schema_violation,
       "companyId"},
      {"no user", R"({"type":"user.login","data":{"ip":"1","userAgent":"x"}})",
       ec::schema_violation, "userId"},
      {"no data", R"({"type":"order.created","companyId":"c"})", ec::schema_violation,
       "data.orderId"},
      {"large data",
       order("", R"({"orderId":"o","total":1,"items":[],"status":")" + std::string(262'144, 'x')
                   + "\"}"),
       ec::too_large, "data"},
      {"large metadata", order(R"(,"metadata":{"x":")" + std::string(16'384, 'x') + "\"}"),
       ec::too_large, "metadata"},
    };
    for (const auto& x : table) {
      CAPTURE(x.what);
      auto got = parse(x.text);
      REQUIRE_FALSE(got);
      CHECK(name_of(got.error().code) == name_of(x.code));
      CHECK(got.error().field == x.field);
      CHECK_FALSE(got.error().detail.empty());
    }
  }

  TEST_CASE_FIXTURE(fixture, "64 levels are fine, as are many names in one object") {
    CHECK(parse(
      order("", R"({"orderId":"o","total":1,"status":"n","items":[],"deep":)" + nested(62) + "}")));
    std::string many = R"({"orderId":"o","total":1,"items":[],"status":"n")";
    for (int i = 0; i < 5'000; ++i)
      many += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
    CHECK(parse(order("", many + "}")));
    auto twice = parse(order("", many + R"(,"k4321":0})"));
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == ec::malformed_json);
    CHECK(parse(order("", many + "}")));
  }

  TEST_CASE_FIXTURE(fixture, "in an array each item has its verdict") {
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

  TEST_CASE_FIXTURE(fixture, "duplicate names and escaped NULs cost one item only") {
    auto all = parse_events("[" + order("", R"({"x":{"a":1,"a":2}})") + ","
                              + order(R"(,"userId":"\u0000")")
                              + R"(,{"type":"order.created","\u0000":1},)" + order("") + "]",
                            ctx, 100);
    REQUIRE(all);
    REQUIRE(all->size() == 4);
    for (size_t i = 0; i < 3; ++i) {
      REQUIRE_FALSE((*all)[i]);
      CHECK((*all)[i].error().code == ec::malformed_json);
    }
    CHECK((*all)[3]);
  }

  TEST_CASE_FIXTURE(fixture, "tiny numbers pass, they only lose what a double can't hold") {
    for (std::string x : {"1e-400", "0e300", "0.0", "-0", "1.7976931348623157e308", "5e-324"})
      CHECK_MESSAGE(
        parse(order("", R"({"orderId":"o","items":[],"status":"n","total":)" + x + "}")), x);
  }

  TEST_CASE_FIXTURE(fixture, "a duplicate is found at any number of names, and leaves no trace") {
    for (int count : {1, 22, 23, 24, 25, 26, 60}) {
      std::string names = R"("k0":0)";
      for (int i = 1; i < count; ++i)
        names += ",\"k" + std::to_string(i) + "\":0";
      auto fine = R"({"type":"order.created","companyId":"c","data":{"orderId":"o","total":1,)"
                  R"("items":[],"status":"n","deep":{)"
                  + names + "}}}";
      auto twice = order("", R"({"deep":{)" + names + R"(,"k0":1,"k0":2}})");
      CAPTURE(count);
      auto all = parse_events("[" + twice + "," + fine + "," + twice + "," + fine + "]", ctx, 4);
      REQUIRE(all);
      CHECK_FALSE((*all)[0]);
      CHECK((*all)[1]);
      CHECK_FALSE((*all)[2]);
      CHECK((*all)[3]);
    }
  }

  TEST_CASE_FIXTURE(fixture, "what a refusal quotes is cut between characters") {
    std::string name = "a";
    for (int i = 0; i < 100; ++i)
      name += "€";
    auto got = parse(R"({"type":"order.created",")" + name + R"(":1})");
    REQUIRE_FALSE(got);
    CHECK(is_utf8(got.error().detail));
    CHECK(is_utf8(got.error().field));
    CHECK(got.error().field.size() == 64);
  }

  TEST_CASE_FIXTURE(fixture, "an array is refused as a whole if it is no JSON, too long or empty") {
    CHECK(parse_events("[]", ctx, 10).error().code == ec::invalid_argument);
    CHECK(parse_events("{}", ctx, 10).error().code == ec::invalid_argument);
    CHECK(parse_events("[" + order("") + ",", ctx, 10).error().code == ec::malformed_json);
    CHECK(parse_events("[1,2,3]", ctx, 2).error().code == ec::too_large);
    CHECK(parse_events("[1,2]", ctx, 2));
  }

  TEST_CASE_FIXTURE(fixture, "unknown types pass where they are accepted") {
    ctx.accept_unknown_types = true;
    auto x = good(R"({"type":"tea.brewed","data":{"any":"thing"}})");
    CHECK(x.audience == audience::none);
    CHECK_FALSE(parse(R"({"type":"webhook.endpoint_disabled","companyId":"c"})"));
  }

  TEST_CASE_FIXTURE(fixture, "an event as JSON holds its fields, and is made once") {
    auto x = good(order(R"(,"userId":"ü\"\\","id":"i")"));
    x.seq = 7;
    x.recorded_at = ctx.now;
    const auto& text = json_of(x);
    CHECK(&text == &json_of(x));
    rapidjson::Document doc;
    doc.Parse(text.c_str(), text.size());
    REQUIRE(doc.IsObject());
    CHECK(doc["seq"].GetUint64() == 7);
    CHECK(std::string{doc["userId"].GetString()} == x.user_id);
    CHECK(doc["data"]["orderId"] == "o");
    CHECK(std::string{doc["recordedAt"].GetString()} == to_rfc3339(ctx.now));
    CHECK_FALSE(doc.HasMember("correlationId"));
    std::string escaped;
    append_json_string(escaped, "a\"\\\n\t\x01\x1f€/");
    CHECK(escaped == R"("a\"\\\n\t\u0001\u001f€/")");
  }
}
