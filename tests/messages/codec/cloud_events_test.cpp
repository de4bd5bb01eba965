#include "messages/codec/codec.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <rapidjson/document.h>

#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("messages/cloud_events") {
  namespace {

  const std::string head
    = R"({"specversion":"1.0","id":"a","source":"/s","type":"user.login","userid":"u")";
  const std::string tail = R"(,"data":{"ip":"192.0.2.1","userAgent":"x"}})";

  struct fixture {
    type_registry types;
    parse_context ctx{.types = &types, .now = from_micros(5)};
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture,
                    "structured mode maps attributes, and keeps unknown ones as metadata") {
    auto x = parse_cloud_event(
      head
        + R"(,"time":"2026-01-01T00:00:00Z","subject":"x","datacontenttype":"application/json","companyid":"c","correlationid":"r","causationid":"k","myext":"m","num":5)"
        + tail,
      ctx);
    REQUIRE(x);
    CHECK((*x)->id == "a");
    CHECK((*x)->source == "/s");
    CHECK((*x)->company_id == "c");
    CHECK((*x)->user_id == "u");
    CHECK((*x)->correlation_id == "r");
    CHECK((*x)->causation_id == "k");
    CHECK((*x)->metadata == R"({"subject":"x","myext":"m","num":5})");
  }

  TEST_CASE_FIXTURE(fixture, "refusals name the attribute") {
    struct row {
      std::string text;
      const char* field;
    };
    const std::vector<row> table{
      {R"({"id":"a","source":"/s","type":"user.login","userid":"u")" + tail, "specversion"},
      {R"({"specversion":"0.3","id":"a","source":"/s","type":"user.login","userid":"u")" + tail,
       "specversion"},
      {R"({"specversion":"1.0","source":"/s","type":"user.login","userid":"u")" + tail, "id"},
      {R"({"specversion":"1.0","id":"a","type":"user.login","userid":"u")" + tail, "source"},
      {R"({"specversion":"1.0","id":"a","source":"/s","userid":"u")" + tail, "type"},
      {head + R"(,"datacontenttype":"text/xml")" + tail, "datacontenttype"},
      {head + R"(,"data_base64":"AAAA"})", "data_base64"},
      {head + R"(,"data":"text"})", "data"},
      {R"({"specversion":"1.0","id":"a","source":"a b","type":"user.login","userid":"u")" + tail,
       "source"},
      {R"({"specversion":"1.0","id":"a","source":"http://[x","type":"user.login","userid":"u")"
         + tail,
       "source"},
      {R"({"specversion":"1.0","id":"a","source":"/s%2","type":"user.login","userid":"u")" + tail,
       "source"},
      {head + R"(,"dataschema":"/relative")" + tail, "dataschema"},
      {head + R"(,"dataschema":"http://a b")" + tail, "dataschema"},
      {head + R"(,"myext":{})" + tail, "myext"},
    };
    for (const auto& x : table) {
      CAPTURE(x.text);
      auto got = parse_cloud_event(x.text, ctx);
      REQUIRE_FALSE(got);
      CHECK(got.error().field == x.field);
    }
  }

  TEST_CASE_FIXTURE(fixture, "an attribute that is null is as good as absent") {
    auto x = parse_cloud_event(head + R"(,"time":null,"subject":null,"myext":null)" + tail, ctx);
    REQUIRE(x);
    CHECK((*x)->time == ctx.now);
    CHECK((*x)->metadata == "{}");
    auto lacking = parse_cloud_event(
      R"({"specversion":"1.0","id":null,"source":"/s","type":"user.login","userid":"u")" + tail,
      ctx);
    REQUIRE_FALSE(lacking);
    CHECK(lacking.error().field == "id");
  }

  TEST_CASE_FIXTURE(fixture, "JSON has more than one media type") {
    for (const char* x :
         {"application/json; charset=utf-8", "Application/JSON", "application/vnd.shop+json",
          "application/vnd.shop+json ; v=1", "text/json", "image/SVG+json", "application/json"}) {
      auto got = parse_cloud_event(head + R"(,"datacontenttype":")" + x + "\"" + tail, ctx);
      REQUIRE_MESSAGE(got, x);
      std::string text;
      append_cloud_event(text, **got);
      CHECK_MESSAGE(
        text.find(R"("datacontenttype":")" + std::string{x} + "\"") != std::string::npos, text);
      CHECK(text.find("datacontenttype") == text.rfind("datacontenttype"));
    }
    for (const char* x : {"", "application/jsonp", "text/plain; a=+json", "json", "/json",
                          "a b/json", "text/plain+jsonx"})
      CHECK_FALSE_MESSAGE(
        parse_cloud_event(head + R"(,"datacontenttype":")" + x + "\"" + tail, ctx), x);
  }

  TEST_CASE_FIXTURE(fixture, "what came in as an attribute goes out as one") {
    auto x = parse_cloud_event(
      head + R"(,"subject":"a \"b\"","myext":true,"num":-5,"big":5000000000,"frac":1.5)" + tail,
      ctx);
    REQUIRE(x);
    std::string text;
    append_cloud_event(text, **x);
    CHECK(text.find(R"(,"subject":"a \"b\"","myext":true,"num":-5,"data")") != std::string::npos);
    // Metadata of a plain event may have names that would forge or break attributes.
    event plain = **x;
    plain.metadata = R"({"id":"forged","specversion":"9","userAgent":"x","list":[1],"none":null})";
    text.clear();
    append_cloud_event(text, plain);
    CHECK(text.find("forged") == std::string::npos);
    CHECK(parse_cloud_event(text, ctx));
  }

  TEST_CASE_FIXTURE(fixture, "attributes that are not Carillon's are kept and come back") {
    auto x = parse_cloud_event(
      head
        + R"(,"audience":"internal","sequence":"0042","recordedtime":"2026-01-01T00:00:00Z","dataschema":"https://a.example/s","carillon":"x","metadata":"m","seq":7)"
        + tail,
      ctx);
    REQUIRE_MESSAGE(x, (x ? "" : x.error().detail));
    CHECK((*x)->audience == audience::user);
    (*x)->seq = 9;
    std::string text;
    append_cloud_event(text, **x);
    rapidjson::Document doc;
    doc.Parse(text.c_str());
    REQUIRE(doc.IsObject());
    for (auto [name, value] : {std::pair{"audience", "internal"}, std::pair{"sequence", "0042"},
                               std::pair{"recordedtime", "2026-01-01T00:00:00Z"},
                               std::pair{"dataschema", "https://a.example/s"},
                               std::pair{"carillon", "x"}, std::pair{"metadata", "m"}}) {
      CAPTURE(std::string{name});
      REQUIRE(doc.HasMember(name));
      CHECK(std::string{doc[name].GetString()} == value);
      auto member = "\"" + std::string{name} + "\":";
      CHECK(text.find(member) == text.rfind(member));
    }
    CHECK(doc["seq"].GetInt() == 7);
    // Its own values stay Carillon's.
    auto own = parse_cloud_event(head + R"(,"audience":"none")" + tail, ctx);
    REQUIRE(own);
    CHECK((*own)->audience == audience::none);
    CHECK((*own)->metadata == "{}");
    for (const char* other : {"5", "true", R"("All")"}) {
      auto kept = parse_cloud_event(head + R"(,"audience":)" + other + tail, ctx);
      REQUIRE_MESSAGE(kept, other);
      CHECK((*kept)->metadata == R"({"audience":)" + std::string{other} + "}");
    }
  }

  TEST_CASE_FIXTURE(fixture, "the order of sequences is that of positions") {
    auto sequence = [&](position seq) {
      event x;
      x.seq = seq;
      x.id = "a";
      x.source = "/s";
      std::string text;
      append_cloud_event(text, x);
      rapidjson::Document doc;
      doc.Parse(text.c_str());
      return std::string{doc["sequence"].GetString()};
    };
    CHECK(sequence(9) < sequence(10));
    CHECK(sequence(10) < sequence(18'446'744'073'709'551'615U));
    CHECK(sequence(7) == "00000000000000000007");
  }

  TEST_CASE_FIXTURE(fixture, "a source that is no URI reference goes out as one") {
    for (auto [source, out] :
         {std::pair{"/shop", "/shop"}, std::pair{"urn:x:y", "urn:x:y"},
          std::pair{"my shop", "my%20shop"}, std::pair{"ü", "%C3%BC"}, std::pair{"50%", "50%25"},
          std::pair{"a%20b c", "a%20b%20c"}, std::pair{"http://[x", "http%3A%2F%2F%5Bx"},
          std::pair{"1:2", "1%3A2"}}) {
      CAPTURE(std::string{source});
      event x;
      x.id = "a";
      x.type = "user.login";
      x.user_id = "u";
      x.source = source;
      x.data = R"({"ip":"1","userAgent":"x"})";
      x.metadata = R"({"dataschema":"no uri","subject":"s"})";
      std::string text;
      append_cloud_event(text, x);
      CHECK_MESSAGE(text.find(R"("source":")" + std::string{out} + "\"") != std::string::npos,
                    text);
      CHECK(text.find("dataschema") == std::string::npos);
      CHECK(parse_cloud_event(text, ctx));
    }
  }

  TEST_CASE_FIXTURE(fixture, "header values are unquoted, then percent-decoded") {
    struct row {
      const char* header;
      const char* id;
    };
    const row table[] = {
      {R"("a b")", "a b"},     {R"("a \"b\" \\ c")", R"(a "b" \ c)"},
      {R"("a%20b")", "a b"},   {R"(x"y z"w)", "xy zw"},
      {R"(a\b)", R"(a\b)"},    {R"(a"b)", R"(a"b)"},
      {"a%22b%22", R"(a"b")"}, {"Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"},
    };
    for (const auto& x : table) {
      CAPTURE(std::string{x.header});
      auto got = parse_cloud_event_binary({{"specversion", "1.0"},
                                           {"id", x.header},
                                           {"source", "/s"},
                                           {"type", "user.login"},
                                           {"userid", "u"}},
                                          R"({"ip":"1","userAgent":"x"})", ctx);
      REQUIRE_MESSAGE(got, (got ? "" : got.error().detail));
      CHECK((*got)->id == x.id);
    }
  }

  TEST_CASE_FIXTURE(fixture, "in binary mode the content type is that of the data") {
    const std::vector<cloud_attribute> attributes{
      {"specversion", "1.0"}, {"id", "a"}, {"source", "/s"}, {"type", "my.type"}};
    ctx.accept_unknown_types = true;
    auto x = parse_cloud_event_binary(attributes, R"({"a":1})", ctx, "text/json; v=2");
    REQUIRE(x);
    std::string text;
    append_cloud_event(text, **x);
    CHECK(text.find(R"("datacontenttype":"text/json; v=2")") != std::string::npos);
    auto empty = parse_cloud_event_binary(attributes, "", ctx);
    REQUIRE(empty);
    CHECK((*empty)->data == "{}");
    CHECK((*empty)->metadata == "{}");
    CHECK_FALSE(parse_cloud_event_binary(attributes, "{}", ctx, "text/plain"));
  }

  TEST_CASE_FIXTURE(fixture, "a batch has a verdict per event") {
    auto all
      = parse_cloud_events("[" + head + tail + "," + R"({"specversion":"1.0"})" + "]", ctx, 10);
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK((*all)[0]);
    CHECK_FALSE((*all)[1]);
  }

  TEST_CASE_FIXTURE(fixture, "binary mode takes attributes from headers, percent-decoded") {
    std::vector<cloud_attribute> attributes{{"specversion", "1.0"},
                                            {"id", "a%20%C3%BC"},
                                            {"source", "/s"},
                                            {"type", "user.login"},
                                            {"userid", "u"}};
    auto x = parse_cloud_event_binary(attributes, R"({"ip":"1","userAgent":"x"})", ctx);
    REQUIRE(x);
    CHECK((*x)->id == "a ü");
    CHECK((*x)->data == R"({"ip":"1","userAgent":"x"})");
    attributes[1].second = "a%2";
    CHECK_FALSE(parse_cloud_event_binary(attributes, "{}", ctx));
  }

  TEST_CASE_FIXTURE(fixture, "a body can't add attributes in binary mode") {
    std::vector<cloud_attribute> attributes{{"specversion", "1.0"},
                                            {"id", "a"},
                                            {"source", "/s"},
                                            {"type", "user.login"},
                                            {"userid", "u"}};
    for (const char* body : {R"({"ip":"1","userAgent":"x"},"companyid":"evil")",
                             R"({"ip":"1","userAgent":"x"}})", "1", "[]", "x"}) {
      CAPTURE(body);
      CHECK_FALSE(parse_cloud_event_binary(attributes, body, ctx));
    }
    attributes.emplace_back("da\"ta", "x");
    CHECK_FALSE(parse_cloud_event_binary(attributes, "{}", ctx));
  }

  TEST_CASE_FIXTURE(fixture, "an event goes out as CloudEvents, and comes in again the same") {
    auto x = parse_cloud_event(head + R"(,"companyid":"c")" + tail, ctx);
    REQUIRE(x);
    std::string text;
    append_cloud_event(text, **x);
    rapidjson::Document doc;
    doc.Parse(text.c_str());
    REQUIRE(doc.IsObject());
    CHECK(doc["specversion"] == "1.0");
    CHECK(doc["data"]["ip"] == "192.0.2.1");
    auto again = parse_cloud_event(text, ctx);
    REQUIRE_MESSAGE(again, (again ? "" : again.error().detail));
    CHECK((*again)->id == (*x)->id);
    CHECK((*again)->company_id == "c");
    CHECK((*again)->time == (*x)->time);
  }
}
