#include "messages/codec.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <string>

using namespace carillon;

namespace {

expected<void> add(type_registry& types, const std::string& schema) {
  return types.add_schema("tank.filled", audience::none, schema);
}

expected<draft_ptr> parse(const type_registry& types, const std::string& data) {
  parse_context ctx{.types = &types, .now = from_micros(1)};
  return parse_event(R"({"type":"tank.filled","data":)" + data + "}", ctx);
}

using rng_type = std::mt19937;

template <size_t N>
std::string pick(rng_type& rng, const char* const (&all)[N]) {
  return all[rng() % N];
}

/// A schema, or what an author or attacker may take for one.
std::string random_schema(rng_type& rng, int depth);

std::string random_value(rng_type& rng, int depth) {
  if (depth > 0 && rng() % 2 == 0)
    return random_schema(rng, depth - 1);
  return pick(rng, {"1",
                    "-1",
                    "0",
                    "0.5",
                    "1e300",
                    "true",
                    "null",
                    "[]",
                    "{}",
                    R"("x")",
                    R"("object")",
                    R"(["a"])",
                    R"([1,{}])",
                    R"([{}])",
                    R"(["string","null"])",
                    R"([{"type":"string"},{"minimum":1}])",
                    R"({"a":{},"x":{"type":"integer"}})",
                    R"({"dependencies":{"enum":[1]}})",
                    R"({"$ref":{"$ref":"#"}})",
                    "[[[]]]"});
}

std::string random_schema(rng_type& rng, int depth) {
  std::string out = "{";
  for (auto n = rng() % 4; n > 0; --n) {
    out += out.size() > 1 ? "," : "";
    out += "\""
           + pick(rng, {"type",
                        "enum",
                        "minimum",
                        "multipleOf",
                        "minLength",
                        "properties",
                        "required",
                        "items",
                        "allOf",
                        "anyOf",
                        "oneOf",
                        "not",
                        "definitions",
                        "additionalProperties",
                        "additionalItems",
                        "dependencies",
                        "title",
                        "patternProperties",
                        "default",
                        "x",
                        "exclusiveMinimum",
                        "maxItems"})
           + std::to_string(n) + "\":";
    // The number keeps names distinct; now and then it is taken away again.
    auto colon = out.size() - 3;
    if (rng() % 8 != 0)
      out.erase(colon, 1);
    out += random_value(rng, depth);
  }
  if (rng() % 5 == 0)
    out += std::string{out.size() > 1 ? "," : ""} + R"("$ref":")"
           + pick(rng, {"#", "#/definitions/a", "#/definitions/x", "#/properties/x", "#/allOf/0"})
           + "\"";
  return out + "}";
}

} // namespace

TEST_SUITE("messages/schema_rules") {
  TEST_CASE("schemas that would crash or mislead the validator are refused, with their place") {
    struct row {
      std::string schema;
      std::string detail;
    };
    const row table[] = {
      {R"({"$ref":"#"})", "schema.$ref must be #/definitions/<name>"},
      {R"({"allOf":[{"$ref":"#"}]})", "schema.allOf.0.$ref must be #/definitions/<name>"},
      {R"({"properties":{"x":{"$ref":"#/properties/x"}}})",
       "schema.properties.x.$ref must be #/definitions/<name>"},
      {R"({"$ref":"http://example.com/x#/definitions/a"})",
       "schema.$ref must be #/definitions/<name>"},
      {R"({"$ref":1})", "schema.$ref must be #/definitions/<name>"},
      {R"({"$ref":"#/definitions/a"})", "there is no #/definitions/a"},
      {R"({"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/a"}}})",
       "recursive schemas are not supported: #/definitions/a refers to itself"},
      {R"({"definitions":{"a":{"not":{"$ref":"#/definitions/b"}},"b":{"items":{"$ref":"#/definitions/a"}}}})",
       "recursive schemas are not supported: #/definitions/a refers to itself"},
      {R"({"definitions":{"a":{}},"$defs":{"b":{}}})", "schema has both definitions and $defs"},
      {R"({"items":[5]})", "schema.items.0 must be an object"},
      {R"({"oneOf":[null]})", "schema.oneOf.0 must be an object"},
      {R"({"allOf":[]})", "schema.allOf must be an array of schemas"},
      {R"({"not":true})", "schema.not must be an object"},
      {R"({"properties":5})", "schema.properties must be an object"},
      {R"({"properties":{"a":{"type":"int"}}})", "schema.properties.a.type must name JSON types"},
      {R"({"enum":[{}]})", "schema.enum must have 1-1000 strings, numbers, booleans or null"},
      {R"({"multipleOf":0})", "schema.multipleOf must be a number above 0"},
      {R"({"minLength":-1})", "schema.minLength must be an integer of at least 0"},
      {R"({"exclusiveMinimum":5})",
       "schema.exclusiveMinimum must be true or false, as in draft-04"},
      {R"({"required":[1]})", "schema.required must have 1-1000 names"},
      {R"({"pattern":"(a+)+$"})", "schema.pattern is not supported"},
      {R"({"patternProperties":{}})", "schema.patternProperties is not supported"},
      {R"({"uniqueItems":true})", "schema.uniqueItems is not supported"},
      {R"({"dependencies":{"a":[1]}})", "schema.dependencies is not supported"},
      {R"({"properties":{"a":{"const":1}}})", "schema.properties.a.const is not supported"},
      {R"({"properties":{"dependencies":{"enum":[1]}}})",
       "schema.properties may not have the name 'dependencies'"},
    };
    type_registry types;
    for (const auto& x : table) {
      CAPTURE(x.schema);
      auto got = add(types, x.schema);
      REQUIRE_FALSE(got);
      CHECK(got.error() == failure{ec::invalid_argument, x.detail, "schema"});
    }
    CHECK(types.find("tank.filled") == nullptr);
  }

  TEST_CASE("schemas that explode when references are expanded are refused") {
    type_registry types;
    std::string schema = R"({"definitions":{"d0":{"type":"object"})";
    for (int i = 1; i <= 40; ++i) {
      auto ref = R"({"$ref":"#/definitions/d)" + std::to_string(i - 1) + "\"}";
      schema += ",\"d" + std::to_string(i) + R"(":{"allOf":[)" + ref + "," + ref + "]}";
    }
    schema += R"(},"$ref":"#/definitions/d40"})";
    CHECK(add(types, schema).error().detail == "the schema is too costly to check");
    std::string wide = R"({"anyOf":[{})";
    for (int i = 0; i < 64; ++i)
      wide += ",{}";
    CHECK(add(types, wide + "]}").error().detail == "the schema is too costly to check");
  }

  TEST_CASE("references within the schema are followed, also in a chain") {
    type_registry types;
    for (const char* where : {"definitions", "$defs"}) {
      CAPTURE(std::string{where});
      auto ref = [&](const char* name) {
        return std::string{R"({"$ref":"#/)"} + where + "/" + name + "\"}";
      };
      REQUIRE(
        add(types, R"({"$ref":"#/)" + std::string{where} + R"(/tank",")" + where
                     + R"(":{"tank":{"type":"object","required":["level"],"properties":{"level":)"
                     + ref("level") + R"(,"old":{"type":"array","items":)" + ref("level")
                     + R"(}}},"level":)" + ref("count")
                     + R"(,"count":{"type":"integer","minimum":0}}})"));
      CHECK(parse(types, R"({"level":1,"old":[2,3]})"));
      CHECK(parse(types, R"({"level":-1})").error().field == "data.level");
      CHECK(parse(types, R"({"level":1,"old":[2,-3]})").error().field == "data.old.1");
      CHECK(parse(types, "{}").error().detail == "data.level is missing");
    }
  }

  TEST_CASE("fields may have the names of keywords, and annotations may hold anything") {
    type_registry types;
    REQUIRE(add(types, R"({"title":"t","$schema":"http://json-schema.org/draft-04/schema#",
      "default":{"$ref":"#","allOf":[1],"items":[2]},"examples":[{"pattern":"("}],"x-own":{"oneOf":[0]},
      "properties":{"$ref":{"type":"string"},"pattern":{"type":"string"},"items":{"type":"integer"},
      "properties":{"enum":[1,2]},"type":{"type":"string"},"not":{"type":"string"},
      "required":{"type":"boolean"},"allOf":{"type":"string"},"patternProperties":{"type":"string"}},
      "required":["type"]})"));
    CHECK(parse(types, R"({"type":"a","$ref":"b","pattern":"(","items":1,"properties":2,"not":"n",
      "required":true,"allOf":"x","patternProperties":"y"})"));
    for (const char* name : {"$ref", "pattern", "items", "properties", "type", "not", "required",
                             "allOf", "patternProperties"}) {
      auto data = std::string{R"({"type":"a",")"} + name + R"(":[]})";
      if (std::string{name} == "type")
        data = R"({"type":[]})";
      auto got = parse(types, data);
      REQUIRE_FALSE_MESSAGE(got, name);
      CHECK(got.error().field == std::string{"data."} + name);
    }
  }

  TEST_CASE("no schema crashes it, whatever is in it, nor do events that are checked with it") {
    auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    type_registry types;
    int accepted = 0;
    for (int i = 0; i < 20'000; ++i) {
      auto schema = random_schema(rng, 4);
      CAPTURE(schema);
      if (!add(types, schema))
        continue;
      ++accepted;
      for (const char* data :
           {"{}", R"({"x":1,"a":[1,"b",{}]})", R"({"x":{"x":{"x":[]}},"type":{}})"})
        if (auto got = parse(types, data); !got)
          CHECK(got.error().code == ec::schema_violation);
    }
    CHECK(accepted > 500);
  }

  TEST_CASE("the largest event against the costliest schema takes a bounded time") {
    type_registry types;
    std::string branches = R"({"type":"integer"})";
    for (int i = 0; i < 61; ++i)
      branches += R"(,{"minimum":)" + std::to_string(i) + "}";
    REQUIRE(add(types, R"({"properties":{"x":{"items":{"anyOf":[)" + branches + "]}}}}"));
    std::string data = R"({"x":[0)";
    while (data.size() < 200'000)
      data += ",1";
    auto begin = std::chrono::steady_clock::now();
    CHECK(parse(types, data + "]}"));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{30});
  }
}
