#include "base/text/utf8.hpp"
#include "messages/codec/catalogue/order.hpp"
#include "messages/codec/codec.hpp"

#include "tests/messages/codec/codec_fixture.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <rapidjson/document.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::codec_fixture;
using carillon::test::nested;
using carillon::test::order;
using carillon::test::order_data;

TEST_SUITE("messages/codec") {
  namespace {

  struct refusal {
    const char* what;
    std::string text;
    ec code;
    const char* field;
  };

  } // namespace

  TEST_CASE_FIXTURE(codec_fixture, "an envelope is taken over as given") {
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

  TEST_CASE_FIXTURE(codec_fixture, "what is missing gets its default") {
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

  TEST_CASE_FIXTURE(codec_fixture, "refusals name what is wrong") {
    const std::vector<refusal> table{
      {"nothing", "", ec::malformed_json, ""},
      {"blanks", "   ", ec::malformed_json, ""},
      {"half an object", R"({"type":"order.created")", ec::malformed_json, ""},
      {"a byte order mark", "\xef\xbb\xbf{}", ec::malformed_json, ""},
      {"something behind it", order("") + "x", ec::malformed_json, ""},
      {"two documents", order("") + order(""), ec::malformed_json, ""},
      {"a NUL byte", order("") + std::string(1, '\0'), ec::malformed_json, ""},
      {"an escaped NUL", order(R"(,"userId":"\u0000")"), ec::invalid_argument, ""},
      {"an escaped NUL in data", order("", R"({"x":{"y":["\u0000"]}})"), ec::invalid_argument, ""},
      {"bad UTF-8", order(",\"userId\":\"\xff\xfe\""), ec::malformed_json, ""},
      {"an overlong encoding", order(",\"userId\":\"\xc0\xaf\""), ec::malformed_json, ""},
      {"half a surrogate pair", order(R"(,"userId":"\ud800")"), ec::invalid_argument, ""},
      {"the other half", order(R"(,"userId":"\udc00")"), ec::invalid_argument, ""},
      {"the other half in data", order("", R"({"x":[{"y":"a\uDFFF"}]})"), ec::invalid_argument, ""},
      {"the other half in a name", order("", R"({"\udC00":1})"), ec::invalid_argument, ""},
      {"the other half in metadata", order(R"(,"metadata":{"x":"\udc00"})"), ec::invalid_argument,
       ""},
      {"both halves the wrong way round", order(R"(,"id":"\ude00\ud83d")"), ec::invalid_argument,
       ""},
      {"a control character in a string", order(",\"userId\":\"a\nb\""), ec::malformed_json, ""},
      {"a name twice", order(R"(,"companyId":"d")"), ec::invalid_argument, ""},
      {"a name twice in data", order("", R"({"orderId":"o","orderId":"p"})"), ec::invalid_argument,
       ""},
      {"a name twice far down", order("", R"({"x":[{"a":1,"a":2}]})"), ec::invalid_argument, ""},
      {"a name twice by escapes", order("", R"({"a":1,"\u0061":2})"), ec::invalid_argument, ""},
      {"a number out of range", order("", R"({"x":1e999})"), ec::invalid_argument, ""},
      {"a number just out of range", order("", R"({"x":2e308})"), ec::invalid_argument, ""},
      {"a long number out of range", order("", R"({"x":)" + std::string(400, '9') + "}"),
       ec::invalid_argument, ""},
      {"an absurd exponent", order("", R"({"x":-1e99999999999999999999})"), ec::invalid_argument,
       ""},
      {"NaN", order("", R"({"x":NaN})"), ec::malformed_json, ""},
      {"a leading zero", order("", R"({"x":01})"), ec::malformed_json, ""},
      {"65 levels", order("", R"({"x":)" + nested(63) + "}"), ec::invalid_argument, ""},
      {"a million levels", order("", nested(1'000'000)), ec::invalid_argument, ""},
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
      CAPTURE(std::string{x.what});
      auto got = parse(x.text);
      REQUIRE_FALSE(got);
      CHECK(name_of(got.error().code) == name_of(x.code));
      CHECK(got.error().field == x.field);
      CHECK_FALSE(got.error().detail.empty());
    }
  }

  TEST_CASE_FIXTURE(codec_fixture, "64 levels are fine, as are many names in one object") {
    CHECK(parse(
      order("", R"({"orderId":"o","total":1,"status":"n","items":[],"deep":)" + nested(62) + "}")));
    std::string many = R"({"orderId":"o","total":1,"items":[],"status":"n")";
    for (int i = 0; i < 5'000; ++i)
      many += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
    CHECK(parse(order("", many + "}")));
    auto twice = parse(order("", many + R"(,"k4321":0})"));
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == ec::invalid_argument);
    CHECK(parse(order("", many + "}")));
  }

  TEST_CASE_FIXTURE(codec_fixture, "null is the same as absent") {
    auto x = good(R"({"type":"order.created","companyId":"c","id":null,"userId":null,"time":null,
      "metadata":null,"audience":null,"data":{"orderId":"o","total":1,"items":[],"status":"n",
      "companyId":null,"userId":null}})");
    CHECK(x.id.size() == 36);
    CHECK(x.user_id.empty());
    CHECK(x.time == ctx.now);
    CHECK(x.metadata == "{}");
    CHECK(x.audience == audience::company);
    auto untyped = parse(R"({"type":null,"data":{}})");
    REQUIRE_FALSE(untyped);
    CHECK(untyped.error().field == "type");
    ctx.accept_unknown_types = true;
    CHECK(good(R"({"type":"my.type","data":null})").data == "{}");
  }

  TEST_CASE_FIXTURE(codec_fixture, "in types of one's own, members of data belong to the type") {
    REQUIRE(types.add_schema("my.registered", audience::none, R"({"type":"object"})"));
    ctx.accept_unknown_types = true;
    for (std::string type : {"my.unknown", "my.registered"}) {
      CAPTURE(type);
      auto with = [&](const std::string& user, const std::string& more = {}) {
        return good(R"({"type":")" + type + R"(","data":{"userId":)" + user + "}" + more + "}");
      };
      CHECK(with(R"("u-1")").user_id == "u-1");
      for (const char* other : {"null", "17", "{}", "[\"u\"]", "true", R"("")", R"("a\nb")"})
        CHECK_MESSAGE(with(other).user_id.empty(), other);
      CHECK(with("\"" + std::string(200, 'x') + "\"").user_id.empty());
      CHECK(with(R"("u-1")", R"(,"userId":"u-2")").user_id == "u-2");
      CHECK(with("17").data == R"({"userId":17})");
    }
    // Those of the catalogue are Carillon's.
    for (const char* user : {"17", R"("u-2")", "[]"})
      CHECK(parse(order(R"(,"userId":"u-1")", R"({"orderId":"o","total":1,"items":[],"status":"n",)"
                                              R"("userId":)"
                                                + std::string{user} + "}"))
              .error()
              .field
            == "data.userId");
    CHECK(parse(order(R"(,"userId":"u-1")",
                      R"({"orderId":"o","total":1,"items":[],"status":"n","userId":")"
                        + std::string(600, 'x') + "\"}"))
            .error()
            .field
          == "data.userId");
  }

  TEST_CASE_FIXTURE(codec_fixture, "an order may say how many items it has instead of which") {
    auto with = [&](const std::string& items) {
      return parse(order("", R"({"orderId":"o","total":1,"status":"n","items":)" + items + "}"));
    };
    for (const char* x : {"3", "0", "[]", R"([{"sku":"a"}])"})
      CHECK_MESSAGE(with(x), x);
    for (const char* x : {"-1", "1.5", "\"3\"", "null", "{}", "true"}) {
      auto got = with(x);
      REQUIRE_FALSE_MESSAGE(got, x);
      CHECK(got.error().field == "data.items");
      CHECK(got.error().detail.find("must be an array or a count") != std::string::npos);
    }
    auto decoded = decode<order_created>((*with("3"))->data);
    REQUIRE(decoded);
    CHECK(decoded->items.json == "3");
    CHECK(encode(*decoded)->find(R"("items":3)") != std::string::npos);
    decoded->items.json = "-3";
    CHECK(encode(*decoded).error().field == "data.items");
  }

  TEST_CASE_FIXTURE(codec_fixture, "a traceparent is understood, or ignored, and never refused") {
    const std::string known = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-";
    struct row {
      std::string text;
      std::string understood;
    };
    const row table[] = {
      {"00-" + known + "01", "00-" + known + "01"},
      {"00-" + known + "03", "00-" + known + "03"},
      // Of higher versions the part common to every version (Trace Context, section 4.3).
      {"01-" + known + "01", "00-" + known + "01"},
      {"cc-" + known + "a3-what-the-future-will-be-like", "00-" + known + "01"},
      {"01-" + known + "fe", "00-" + known + "00"},
      {"01-" + known + "01.x", ""},
      {"00-" + known + "01-x", ""},
      {"ff-" + known + "01", ""},
      {"00-" + std::string(32, '0') + "-b7ad6b7169203331-01", ""},
      {"00-0af7651916cd43dd8448eb211c80319c-" + std::string(16, '0') + "-01", ""},
      {"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", ""},
      {"00-" + known + "0", ""},
      {"", ""},
      {"x", ""},
    };
    for (const auto& x : table) {
      CAPTURE(x.text);
      CHECK(good(order(R"(,"traceparent":")" + x.text + "\"")).traceparent == x.understood);
      auto made = make_draft(order_created{.company_id = "c"}, {.traceparent = x.text});
      REQUIRE(made);
      CHECK((*made)->traceparent == x.understood);
    }
  }

  TEST_CASE_FIXTURE(codec_fixture, "the request's traceparent is that of an event without one") {
    const std::string own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const std::string other = "00-0af7651916cd43dd8448eb211c80319c-00000000000000aa-00";
    ctx.traceparent = other;
    CHECK(good(order("")).traceparent == other);
    CHECK(good(order(R"(,"traceparent":"garbage")")).traceparent == other);
    CHECK(good(order(R"(,"traceparent":")" + own + "\"")).traceparent == own);
    ctx.traceparent = "garbage";
    CHECK(good(order("")).traceparent.empty());
  }

  TEST_CASE_FIXTURE(codec_fixture, "an event may have happened before 1970") {
    auto x = good(order(R"(,"time":"1969-07-20T20:17:40Z")"));
    CHECK(to_rfc3339(x.time) == "1969-07-20T20:17:40.000000Z");
    CHECK(json_of(x).find(R"("time":"1969-07-20T20:17:40.000000Z")") != std::string::npos);
  }

  TEST_CASE_FIXTURE(codec_fixture, "tiny numbers pass, they only lose what a double can't hold") {
    for (std::string x : {"1e-400", "0e300", "0.0", "-0", "1.7976931348623157e308", "5e-324"})
      CHECK_MESSAGE(
        parse(order("", R"({"orderId":"o","items":[],"status":"n","total":)" + x + "}")), x);
  }

  TEST_CASE_FIXTURE(codec_fixture,
                    "a duplicate is found at any number of names, and leaves no trace") {
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

  TEST_CASE_FIXTURE(codec_fixture, "what a refusal quotes is cut between characters") {
    std::string name = "a";
    for (int i = 0; i < 100; ++i)
      name += "€";
    auto got = parse(R"({"type":"order.created",")" + name + R"(":1})");
    REQUIRE_FALSE(got);
    CHECK(is_utf8(got.error().detail));
    CHECK(is_utf8(got.error().field));
    CHECK(got.error().field.size() == 64);
  }

  TEST_CASE_FIXTURE(codec_fixture, "unknown types pass where they are accepted") {
    ctx.accept_unknown_types = true;
    auto x = good(R"({"type":"tea.brewed","data":{"any":"thing"}})");
    CHECK(x.audience == audience::none);
    CHECK_FALSE(parse(R"({"type":"webhook.endpoint_disabled","companyId":"c"})"));
  }

  TEST_CASE_FIXTURE(codec_fixture, "an event as JSON holds its fields, and is made once") {
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
