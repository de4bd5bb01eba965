#include "messages/codec/codec.hpp"
#include "messages/codec/described.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>

using namespace carillon;

TEST_SUITE("messages/type_registry") {
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
    for (const char* x : {"", "[]", "{", "1", R"({"$ref":"http://example.com/x"})",
                          R"x({"properties":{"a":{"pattern":"(?<=a)"}}})x",
                          R"({"properties":{"a":{"nullable":true}}})"}) {
      CAPTURE(x);
      auto got = types.add_schema("tank.filled", audience::none, x);
      REQUIRE_FALSE(got);
      CHECK(got.error().field == "schema");
      CHECK(types.check_schema("tank.filled", x).error() == got.error());
    }
    CHECK(
      types
        .add_schema("tank.filled", audience::none, "{\"x\":\"" + std::string(70'000, 'x') + "\"}")
        .error()
        .field
      == "schema");
    CHECK(types.add_schema("Tank", audience::none, "{}").error().field == "type");
    CHECK(types.add_schema("handler.dead_lettered", audience::none, "{}").error().code
          == ec::conflict);
  }

  TEST_CASE("an application extends a type of the catalogue, whose fields stay what they are") {
    type_registry types;
    parse_context ctx{.types = &types, .now = from_micros(1)};
    auto order = [&](const std::string& more, const std::string& total = "9.5") {
      return parse_event(
        R"({"type":"order.created","userId":"u","companyId":"c","data":{"orderId":"o","total":)"
          + total + R"(,"items":2,"status":"n")" + more + "}}",
        ctx);
    };
    CHECK(order(""));
    REQUIRE(types.add_schema(
      "order.created", audience::user,
      R"({"required":["channel"],"properties":{"channel":{"enum":["web","till"]},"total":{"type":"number","multipleOf":0.01}}})"));
    auto info = types.find("order.created");
    CHECK(info->described);
    CHECK(info->registered);
    CHECK(info->schema.starts_with(R"({"required":["channel"])"));
    CHECK(info->described_schema.find("orderId") != std::string::npos);
    CHECK(order("").error().field == "data.channel");
    CHECK(order(R"(,"channel":"fax")").error().field == "data.channel");
    CHECK(order(R"(,"channel":"web")", "9.999").error().field == "data.total");
    // Members that handlers read are still required.
    CHECK(order(R"(,"channel":"web")", "\"9.5\"").error().detail
          == "data.total must be a number, got a string");
    auto fine = order(R"(,"channel":"web")", "19.99");
    REQUIRE(fine);
    CHECK((*fine)->audience == audience::user);
    // A second schema replaces the first.
    REQUIRE(types.add_schema("order.created", audience::company, "{}"));
    CHECK(order(""));
    REQUIRE(types.remove_schema("order.created"));
    CHECK_FALSE(types.find("order.created")->registered);
    CHECK(types.find("order.created")->schema == info->described_schema);
  }

  TEST_CASE("a schema that no event of a described type could satisfy is a conflict") {
    type_registry types;
    struct row {
      const char* schema;
      const char* detail;
    };
    const row table[] = {
      {R"({"properties":{"orderId":{"type":"integer"}}})", "data.orderId has another type"},
      {R"({"properties":{"total":{"$ref":"#/$defs/t"}},"$defs":{"t":{"type":["string","null"]}}})",
       "data.total has another type"},
      {R"({"properties":{"items":{"type":"object"}}})", "data.items has another type"},
      {R"({"properties":{"status":false}})", "data.status is needed"},
      {R"({"properties":{"orderId":{},"total":{},"items":{}},"additionalProperties":false})",
       "data.status is needed"},
      {R"({"type":"array"})", "does not allow objects"},
      {R"({"$ref":"#/$defs/o","$defs":{"o":{"properties":{"total":{"type":"boolean"}}}}})",
       "data.total has another type"},
    };
    for (const auto& x : table) {
      CAPTURE(std::string{x.schema});
      auto got = types.add_schema("order.created", audience::company, x.schema);
      REQUIRE_FALSE(got);
      CHECK(got.error().code == ec::conflict);
      CHECK(got.error().field == "schema");
      CHECK_MESSAGE(got.error().detail.find(x.detail) != std::string::npos, got.error().detail);
    }
    for (
      const char* x :
      {R"({"properties":{"total":{"type":"integer"},"items":{"type":"integer"}}})",
       R"({"properties":{"userId":{"type":"null"}}})",
       R"({"properties":{"orderId":{},"total":{},"items":{},"status":{}},"additionalProperties":false})"})
      CHECK_MESSAGE(types.check_schema("order.created", x), x);
    CHECK_FALSE(types.find("order.created")->registered);
  }

  TEST_CASE("what was registered can be removed, and nothing else") {
    type_registry types;
    REQUIRE(types.add_schema("tank.filled", audience::company, schema));
    REQUIRE(types.remove_schema("tank.filled"));
    CHECK(types.find("tank.filled") == nullptr);
    CHECK(types.remove_schema("tank.filled").error().code == ec::not_found);
    CHECK(types.remove_schema("order.created").error().code == ec::conflict);
    // Described after it was registered: it stays described.
    REQUIRE(types.add_schema("tank.filled", audience::company, schema));
    REQUIRE(types.add(describe_type<tank_filled>()));
    REQUIRE(types.add_schema("tank.filled", audience::company, R"({"required":["more"]})"));
    CHECK(parse(types, R"({"litres":1})").error().field == "data.more");
    REQUIRE(types.add(describe_type<tank_filled>()));
    CHECK(parse(types, R"({"litres":1})").error().field == "data.more");
    REQUIRE(types.remove_schema("tank.filled"));
    CHECK(parse(types, R"({"litres":1})"));
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
    CHECK(types.list().size() == 233);
  }
}
