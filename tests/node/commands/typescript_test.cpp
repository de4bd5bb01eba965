#include "node/commands/support/typescript.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

using namespace carillon;

TEST_SUITE("node/typescript") {
  namespace {

  std::string content_of(const char* name) {
    std::ifstream in{std::string{CARILLON_FIXTURES "/"} + name};
    REQUIRE(in.good());
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  rapidjson::Document parsed(const std::string& json) {
    rapidjson::Document out;
    out.Parse(json.data(), json.size());
    REQUIRE(!out.HasParseError());
    return out;
  }

  /// On one line.
  std::string flat(const std::string& json) {
    std::string out;
    for (auto c : commands::typescript_type(parsed(json)))
      if (c != '\n' && !(c == ' ' && !out.empty() && out.back() == ' '))
        out += c;
      else if (c == '\n')
        out += ' ';
    return out;
  }

  } // namespace

  TEST_CASE("it prints what the npm package prints") {
    auto types = parsed(content_of("types.json"));
    CHECK(commands::typescript_module(types["types"]) == content_of("types.expected.txt"));
  }

  TEST_CASE("without registered types the module is empty") {
    auto out = commands::typescript_module(parsed("[]"));
    CHECK(out.find("interface") == std::string::npos);
    CHECK(out.ends_with("declare module 'carillon' {\n}\n"));
  }

  TEST_CASE("each kind of schema becomes a type that is not narrower") {
    for (const auto& [schema, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"true", "unknown"},
           {"false", "never"},
           {"{}", "unknown"},
           {R"({"type":"string"})", "string"},
           {R"({"type":"integer"})", "number"},
           {R"({"type":"letters"})", "unknown"},
           {R"({"type":["string","null"]})", "string | null"},
           {R"({"type":["integer","number"]})", "number"},
           {R"({"const":"a"})", R"("a")"},
           {R"({"const":1.0})", "1"},
           {R"({"const":0.5})", "0.5"},
           {R"({"enum":["a",1,null,true]})", R"("a" | 1 | null | true)"},
           {R"({"enum":["a",{"b":1}]})", "unknown"},
           {R"({"enum":[]})", "never"},
           {R"({"type":"array"})", "unknown[]"},
           {R"({"type":"array","items":{"type":["string","null"]}})", "(string | null)[]"},
           {R"({"type":"array","prefixItems":[{"type":"string"}]})", "unknown[]"},
           {R"({"type":"object"})", "{ [name: string]: unknown }"},
           {R"({"type":"object","additionalProperties":false})", "{ [name: string]: never }"},
           {R"({"type":"object","additionalProperties":{"type":"number"}})",
            "{ [name: string]: number }"},
           {R"({"type":"object","properties":{"a":{"type":"string"},"b-c":{}},)"
            R"("required":["a","d"],"additionalProperties":false})",
            R"({ a: string; "b-c"?: unknown; d: unknown; })"},
           {R"({"properties":{"a":{"type":"string"}}})",
            "{ a?: string; [name: string]: unknown; }"},
           {R"({"oneOf":[{"type":"string"},{"type":"array","items":{"type":"number"}}]})",
            "string | number[]"},
           {R"({"allOf":[{"type":"object","properties":{"a":{"type":"string"}},)"
            R"("additionalProperties":false},{"oneOf":[{"type":"string"},{"type":"null"}]}]})",
            "{ a?: string; } & (string | null)"},
           {R"({"$defs":{"i/d":{"type":"string"}},"type":"array","items":{"$ref":"#/$defs/i~1d"}})",
            "string[]"},
           {R"({"$defs":{"a b":{"type":"string"}},"$ref":"#/$defs/a%20b"})", "string"},
           {R"({"oneOf":[{"type":"null"},{"type":"array","items":{"$ref":"#/oneOf/0"}}]})",
            "null | null[]"},
           {R"({"type":"array","items":{"$ref":"#/$defs/none"}})", "unknown[]"},
           {R"({"type":"array","items":{"$ref":7}})", "unknown[]"}}) {
      CAPTURE(schema);
      CHECK(flat(schema) == wanted);
    }
  }

  TEST_CASE("a schema that refers to itself has an end") {
    CHECK(flat(R"({"type":"array","items":{"$ref":"#"}})")
            .ends_with("unknown[]"
                       "[][][][][][][][][][][][][][]"
                       "[][]"));
    std::string wide = R"({"type":"object","properties":{)";
    for (int i = 0; i < 20; ++i)
      wide += (i > 0 ? "," : "") + std::string{"\"p"} + std::to_string(i) + R"(":{"$ref":"#"})";
    auto out = commands::typescript_type(parsed(wide + "}}"));
    CHECK(out.find("p19?: unknown;") != std::string::npos);
    CHECK(out.size() < 10'000'000);
  }
}
