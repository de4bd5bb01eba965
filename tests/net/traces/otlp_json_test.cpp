#include "base/json/strict_json.hpp"
#include "net/traces/otlp_json.hpp"
#include "net/traces/trace_exporter.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

using namespace carillon;

TEST_SUITE("net/otlp_json") {
  namespace {

  std::string shown(const rapidjson::Value& x) {
    return x.IsString() ? x.GetString() : "no text";
  }

  span a_span() {
    span out;
    out.context = {1, 2, 3, true};
    out.parent = 4;
    out.link = trace_context{5, 6, 7, true};
    out.name = "publish order.created";
    out.kind = span_kind::producer;
    out.begun = from_micros(1'700'000'000'123'456);
    out.ended = from_micros(1'700'000'000'123'457);
    out.attributes = {{"text", std::string{"\"quoted\"\n\xff"}},
                      {"number", int64_t{9'007'199'254'740'993}},
                      {"flag", true}};
    out.error = "why";
    return out;
  }

  } // namespace

  TEST_CASE("a span as OTLP writes it") {
    const std::array all{a_span()};
    const auto text = otlp_json(all, "shop", "i-1");
    const auto parsed = parse_strict_object(text, 64);
    REQUIRE_MESSAGE(parsed.has_value(), text);
    const auto& of = (*parsed)["resourceSpans"][0];
    CHECK(shown(of["resource"]["attributes"][0]["key"]) == "service.name");
    CHECK(shown(of["resource"]["attributes"][0]["value"]["stringValue"]) == "shop");
    const auto& x = of["scopeSpans"][0]["spans"][0];
    CHECK(shown(x["traceId"]) == "00000000000000010000000000000002");
    CHECK(shown(x["spanId"]) == "0000000000000003");
    CHECK(shown(x["parentSpanId"]) == "0000000000000004");
    CHECK(x["kind"].GetInt() == 4);
    CHECK(shown(x["startTimeUnixNano"]) == "1700000000123456000");
    CHECK(shown(x["endTimeUnixNano"]) == "1700000000123457000");
    CHECK(shown(x["links"][0]["traceId"]) == "00000000000000050000000000000006");
    CHECK(shown(x["links"][0]["spanId"]) == "0000000000000007");
    CHECK(shown(x["attributes"][0]["value"]["stringValue"]) == "\"quoted\"\n?");
    // Digits, since a double would lose the last one.
    CHECK(shown(x["attributes"][1]["value"]["intValue"]) == "9007199254740993");
    CHECK(x["attributes"][2]["value"]["boolValue"].GetBool());
    CHECK(x["status"]["code"].GetInt() == 2);
    CHECK(shown(x["status"]["message"]) == "why");
  }

  TEST_CASE("a root without an error has neither parent nor link nor code") {
    span plain;
    plain.context = {1, 2, 3, true};
    // A clock that was set back makes no negative duration.
    plain.begun = from_micros(10);
    plain.ended = from_micros(5);
    const std::array all{plain};
    const auto parsed = parse_strict_object(otlp_json(all, "s", "i"), 64);
    REQUIRE(parsed.has_value());
    const auto& x = (*parsed)["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    CHECK_FALSE(x.HasMember("parentSpanId"));
    CHECK_FALSE(x.HasMember("links"));
    CHECK_FALSE(x["status"].HasMember("code"));
    CHECK(shown(x["endTimeUnixNano"]) == "10000");
  }

  TEST_CASE("the spans that a collector rejects, as a text or as a number") {
    CHECK(rejected_spans(R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}})") == 3);
    CHECK(rejected_spans(R"({"partialSuccess":{"rejectedSpans":4}})") == 4);
    for (const auto* text :
         {"", "{}", "[]", "no JSON", R"({"partialSuccess":7})", R"({"partialSuccess":{}})",
          R"({"partialSuccess":{"rejectedSpans":"x"}})",
          R"({"partialSuccess":{"rejectedSpans":-1}})"}) {
      CAPTURE(text);
      CHECK(rejected_spans(text) == 0);
    }
  }

  TEST_CASE("the path of traces is added once") {
    CHECK(traces_url("http://c:4318") == "http://c:4318/v1/traces");
    CHECK(traces_url("http://c:4318/") == "http://c:4318/v1/traces");
    CHECK(traces_url("https://c/otlp") == "https://c/otlp/v1/traces");
    CHECK(traces_url("https://c/otlp/v1/traces") == "https://c/otlp/v1/traces");
  }

  TEST_CASE("header fields are decoded, and a bad one does not show its text") {
    const auto fields = header_fields_of({"Authorization=Basic%20dTpw", " x-scope = a=b ", "e="});
    REQUIRE(fields.has_value());
    CHECK(fields->at(0) == std::pair<std::string, std::string>{"Authorization", "Basic dTpw"});
    CHECK(fields->at(1) == std::pair<std::string, std::string>{"x-scope", "a=b"});
    CHECK(fields->at(2) == std::pair<std::string, std::string>{"e", ""});
    for (const std::string bad :
         {"hush", "a b=hush", "=hush", "n=hush%0d%0aX: y", "n=hush%2", "n=hush%zz"}) {
      CAPTURE(bad);
      const auto refused = header_fields_of({bad});
      REQUIRE_FALSE(refused.has_value());
      CHECK(refused.error().code == ec::invalid_argument);
      CHECK(refused.error().detail.find("hush") == std::string::npos);
    }
    CHECK_FALSE(header_fields_of(std::vector<std::string>(33, "a=b")).has_value());
  }
}
