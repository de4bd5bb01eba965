#include "messages/codec.hpp"
#include "messages/described.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>

using namespace carillon;

namespace {

struct tank_filled {
  static constexpr std::string_view type = "tank.filled";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  int64_t litres = 0;
};

BOOST_DESCRIBE_STRUCT(tank_filled, (), (company_id, user_id, litres))

constexpr const char* schema
  = R"({"type":"object","required":["level"],"properties":{"level":{"type":"integer","minimum":0},"tags":{"type":"array","items":{"$ref":"#/definitions/tag"}}},"definitions":{"tag":{"type":"string"}}})";

expected<draft_ptr> parse(const type_registry& types, const std::string& data) {
  parse_context ctx{.types = &types, .now = from_micros(1)};
  return parse_event(R"({"type":"tank.filled","companyId":"c","data":)" + data + "}", ctx);
}

} // namespace

TEST_SUITE("messages/type_registry") {
  TEST_CASE("an application's described type is checked like those of the catalogue") {
    type_registry types;
    CHECK_FALSE(parse(types, R"({"litres":1})"));
    REQUIRE(types.add(describe_type<tank_filled>()));
    CHECK(parse(types, R"({"litres":1})"));
    CHECK(parse(types, R"({"litres":1.5})").error().field == "data.litres");
    CHECK(types.add(describe_type<tank_filled>()));
    auto other = describe_type<tank_filled>();
    other.schema = "{}";
    CHECK(types.add(other).error().code == ec::conflict);
  }

  TEST_CASE("a type by JSON Schema is checked by it, and may be replaced") {
    type_registry types;
    REQUIRE(types.add_schema("tank.filled", audience::company, schema));
    CHECK(parse(types, R"({"level":1,"tags":["a"]})"));
    CHECK(parse(types, "{}").error()
          == failure{ec::schema_violation, "data.level is missing", "data.level"});
    CHECK(parse(types, R"({"level":-1})").error().field == "data.level");
    CHECK(parse(types, R"({"level":1,"tags":[1]})").error().field == "data.tags.0");
    REQUIRE(types.add_schema("tank.filled", audience::company, R"({"type":"object"})"));
    CHECK(parse(types, "{}"));
  }

  TEST_CASE("schemas that can't be honoured are refused") {
    type_registry types;
    for (const char* x :
         {"", "[]", "{", "1", R"({"$ref":"http://example.com/x"})",
          R"({"properties":{"a":{"pattern":"(a+)+$"}}})", R"({"patternProperties":{"a":{}}})"}) {
      CAPTURE(x);
      auto got = types.add_schema("tank.filled", audience::none, x);
      REQUIRE_FALSE(got);
      CHECK(got.error().field == "schema");
    }
    CHECK(
      types
        .add_schema("tank.filled", audience::none, "{\"x\":\"" + std::string(70'000, 'x') + "\"}")
        .error()
        .field
      == "schema");
    CHECK(types.add_schema("Tank", audience::none, "{}").error().field == "type");
    CHECK(types.add_schema("order.created", audience::none, "{}").error().code == ec::conflict);
  }

  TEST_CASE("look-ups go on while types are added") {
    type_registry types;
    std::thread writer{[&] {
      for (int i = 0; i < 200; ++i)
        static_cast<void>(types.add_schema("t.n" + std::to_string(i), audience::none, "{}"));
    }};
    size_t found = 0;
    for (int i = 0; i < 20'000; ++i)
      found += types.find("order.created") != nullptr ? 1 : 0;
    writer.join();
    CHECK(found == 20'000);
    CHECK(types.list().size() == 231);
  }
}
