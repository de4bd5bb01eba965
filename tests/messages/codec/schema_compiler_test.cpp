#include "messages/codec/codec.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace carillon;

TEST_SUITE("messages/schema_compiler") {
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

  /// A schema, or a text that an author or attacker may send as one.
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
                          "const",
                          "if",
                          "uniqueItems",
                          "propertyNames",
                          "prefixItems",
                          "contains",
                          "default",
                          "x-y",
                          "exclusiveMinimum",
                          "maxItems"})
             + std::to_string(n) + "\":";
      // The number keeps names distinct; sometimes it is removed again.
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

  TEST_CASE("schemas that can't be honoured are refused, with their place") {
    struct row {
      std::string schema;
      std::string detail;
    };
    const std::string a_reference = " must be #/definitions/<name> or #/$defs/<name>";
    const std::string unsupported = " is not supported; what is only a note may be named x-…";
    const row table[] = {
      {R"({"$ref":"#"})", "schema.$ref" + a_reference},
      {R"({"allOf":[{"$ref":"#"}]})", "schema.allOf.0.$ref" + a_reference},
      {R"({"properties":{"x":{"$ref":"#/properties/x"}}})",
       "schema.properties.x.$ref" + a_reference},
      {R"({"$ref":"http://example.com/x#/definitions/a"})", "schema.$ref" + a_reference},
      {R"({"$ref":1})", "schema.$ref" + a_reference},
      {R"({"$ref":"#/definitions/a"})", "there is no #/definitions/a"},
      {R"({"$ref":"#/definitions/a","$defs":{"a":{}}})", "there is no #/definitions/a"},
      {R"({"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/a"}}})",
       "recursive schemas are not supported: #/definitions/a refers to itself"},
      {R"({"definitions":{"a":{"not":{"$ref":"#/definitions/b"}},"b":{"items":{"$ref":"#/definitions/a"}}}})",
       "recursive schemas are not supported: #/definitions/a refers to itself"},
      {R"({"properties":{"a":{"$defs":{"b":{}}}}})",
       "schema.properties.a.$defs can't be referred to: definitions belong to the outermost "
       "schema"},
      {R"({"items":[5]})", "schema.items.0 must be an object"},
      {R"({"oneOf":[null]})", "schema.oneOf.0 must be an object"},
      {R"({"allOf":[]})", "schema.allOf must be an array of schemas"},
      {R"({"properties":5})", "schema.properties must be an object"},
      {R"({"properties":{"a":{"type":"int"}}})", "schema.properties.a.type must name JSON types"},
      {R"({"enum":[]})", "schema.enum must have 1-1000 values"},
      {R"({"multipleOf":0})", "schema.multipleOf must be a number above 0"},
      {R"({"minLength":-1})", "schema.minLength must be an integer of at least 0"},
      {R"({"exclusiveMinimum":"5"})", "schema.exclusiveMinimum must be a number"},
      {R"({"exclusiveMinimum":true})",
       "schema.exclusiveMinimum is true, and there is no limit that it is for"},
      {R"({"required":[1]})", "schema.required must have at most 1000 names"},
      {R"({"required":true})", "schema.required must have at most 1000 names"},
      {R"({"pattern":5})", "schema.pattern must be a string"},
      {R"({"dependencies":{"a":["b"]}})", "schema.dependencies" + unsupported},
      {R"({"unevaluatedProperties":false})", "schema.unevaluatedProperties" + unsupported},
      {R"({"$dynamicRef":"#x"})", "schema.$dynamicRef" + unsupported},
      {R"({"properties":{"a":{"minLenght":1}}})", "schema.properties.a.minLenght" + unsupported},
      {R"({"then":{}})", "schema has then or else, and no if"},
      {R"({"minContains":1})", "schema has minContains or maxContains, and no contains"},
      {R"({"items":[{}],"prefixItems":[{}]})", "schema has both prefixItems and a list of items"},
      {R"({"properties":{"a":{"type":"string","nullable":true}}})",
       "schema.properties.a.nullable is of OpenAPI 3.0, not of JSON Schema: list \"null\" in type"},
      {R"({"format":"ulid"})",
       "schema.format 'ulid' is not checked; say by a pattern what it means, or leave it out"},
      {R"({"$schema":"https://json-schema.org/draft/2042-01/schema"})",
       "schema.$schema must be draft-04, -06, -07, 2019-09 or 2020-12 of JSON Schema"},
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

  TEST_CASE("patterns that RE2 can't run are refused, and say why") {
    type_registry types;
    for (std::string x :
         {R"((a)\\1)", "a(?!b)", "(?<=a)b", "(", "(?:a{1000}){1000}", "a{1001}", "^(?!a)b|c"}) {
      CAPTURE(x);
      for (const auto& schema :
           {R"({"pattern":")" + x + "\"}",
            R"({"properties":{"y":{"patternProperties":{")" + x + "\":{}}}}}"}) {
        auto got = add(types, schema);
        REQUIRE_FALSE(got);
        CHECK(got.error().field == "schema");
        CHECK(got.error().detail.find("regular expression") != std::string::npos);
      }
    }
  }

  TEST_CASE("every dialect that is honoured is taken, however it is written") {
    type_registry types;
    for (const char* x :
         {"http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#",
          "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft/2019-09/schema",
          "https://json-schema.org/draft/2020-12/schema"})
      CHECK_MESSAGE(add(types, R"({"$schema":")" + std::string{x} + "\"}"), x);
  }

  TEST_CASE("what Zod and TypeBox write is taken and checked") {
    type_registry types;
    // z.toJSONSchema of Zod 4.
    REQUIRE(add(types, R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
      "properties":{"id":{"type":"string","format":"uuid","pattern":"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"},
      "email":{"type":"string","format":"email","pattern":"^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$"},
      "when":{"type":"string","format":"date-time","pattern":"^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?(?:Z))$"},
      "kind":{"type":"string","const":"a"},"total":{"type":"number","exclusiveMinimum":0,"multipleOf":0.01},
      "note":{"anyOf":[{"type":"string"},{"type":"null"}]},"slug":{"type":"string","format":"ulid","pattern":"^[0-9A-HJKMNP-TV-Z]{26}$"},
      "rates":{"type":"object","propertyNames":{"type":"string"},"additionalProperties":{"type":"number"}},
      "count":{"type":"integer","minimum":-9007199254740991,"maximum":9007199254740991},
      "pair":{"type":"array","prefixItems":[{"type":"string"},{"type":"number"}]},"any":{},"never":{"not":{}},
      "shape":{"oneOf":[{"type":"object","properties":{"k":{"type":"string","const":"x"}},"required":["k"],"additionalProperties":false},{"$ref":"#/$defs/__schema0"}]}},
      "required":["id","total"],"additionalProperties":false,
      "$defs":{"__schema0":{"type":"object","properties":{"k":{"type":"string","const":"y"},"n":{"type":"number"}},"required":["k","n"]}}})"));
    const std::string id = R"("id":"0af76519-16cd-43dd-8448-eb211c80319c")";
    auto with = [&](const std::string& more) { return parse(types, "{" + id + "," + more + "}"); };
    for (const char* good :
         {R"("total":19.99)",
          R"("total":1,"email":"ann@example.org","when":"2026-01-02T03:04:05Z")",
          R"("total":1,"note":null,"rates":{"EUR":1.5},"pair":["a",1],"any":[{}],"kind":"a")",
          R"("total":1,"shape":{"k":"y","n":1},"slug":"01ARZ3NDEKTSV4RRFFQ69G5FAV","count":-5)"})
      CHECK_MESSAGE(with(good), good);
    for (auto [bad, field] :
         {std::pair{R"("total":0)", "total"}, std::pair{R"("total":19.999)", "total"},
          std::pair{R"("total":1,"email":"a..b@example.org")", "email"},
          std::pair{R"("total":1,"when":"2026-02-30T00:00:00Z")", "when"},
          std::pair{R"("total":1,"when":"2026-01-02T03:04:05+01:00")", "when"},
          std::pair{R"("total":1,"kind":"b")", "kind"}, std::pair{R"("total":1,"note":1)", "note"},
          std::pair{R"("total":1,"rates":{"EUR":"1"})", "rates.EUR"},
          std::pair{R"("total":1,"count":9007199254740992)", "count"},
          std::pair{R"("total":1,"pair":[1])", "pair.0"},
          std::pair{R"("total":1,"never":1)", "never"},
          std::pair{R"("total":1,"shape":{"k":"z"})", "shape"},
          std::pair{R"("total":1,"other":1)", "other"}}) {
      auto got = with(bad);
      REQUIRE_FALSE_MESSAGE(got, bad);
      CHECK(got.error().field == std::string{"data."} + field);
    }
    // JSON.stringify of a TypeBox schema.
    REQUIRE(add(types, R"({"$id":"Tank","type":"object","required":["kind","amount"],"properties":{
      "kind":{"anyOf":[{"const":"a","type":"string"},{"const":"b","type":"string"}]},
      "amount":{"exclusiveMinimum":0,"type":"number"},"tags":{"type":"array","items":{"type":"string"},"uniqueItems":true},
      "rates":{"type":"object","patternProperties":{"^(.*)$":{"type":"number"}}},
      "both":{"allOf":[{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}},{"type":"object","properties":{"b":{"type":"string"}}}]}}})"));
    CHECK(parse(types,
                R"({"kind":"b","amount":0.5,"tags":["x","y"],"rates":{"z":1},"both":{"a":"a"}})"));
    for (auto [bad, field] : {std::pair{R"({"kind":"c","amount":1})", "kind"},
                              std::pair{R"({"kind":"a","amount":0})", "amount"},
                              std::pair{R"({"kind":"a","amount":1,"tags":["x","x"]})", "tags"},
                              std::pair{R"({"kind":"a","amount":1,"rates":{"z":"1"}})", "rates.z"},
                              std::pair{R"({"kind":"a","amount":1,"both":{"b":"b"}})", "both.a"}}) {
      auto got = parse(types, bad);
      REQUIRE_FALSE_MESSAGE(got, bad);
      CHECK(got.error().field == std::string{"data."} + field);
    }
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
    for (int i = 0; i < 256; ++i)
      wide += ",{}";
    CHECK(add(types, wide + "]}").error().detail == "the schema is too costly to check");
    std::string deep = R"({"$defs":{"d0":{})";
    for (int i = 1; i <= 300; ++i)
      deep += ",\"d" + std::to_string(i) + R"(":{"items":{"$ref":"#/$defs/d)"
              + std::to_string(i - 1) + "\"}}";
    CHECK(add(types, deep + "}}").error().detail == "the schema is too costly to check");
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
      "required":{"type":"boolean"},"allOf":{"type":"string"},"dependencies":{"type":"string"}},
      "required":["type"]})"));
    CHECK(parse(types, R"({"type":"a","$ref":"b","pattern":"(","items":1,"properties":2,"not":"n",
      "required":true,"allOf":"x","dependencies":"y"})"));
    for (const char* name : {"$ref", "pattern", "items", "properties", "type", "not", "required",
                             "allOf", "dependencies"}) {
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
          CHECK_MESSAGE(got.error().code == ec::schema_violation, got.error().detail);
    }
    CHECK(accepted > 500);
  }
}
