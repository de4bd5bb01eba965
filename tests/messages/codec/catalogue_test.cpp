#include "messages/codec/catalogue/catalogue.hpp"
#include "messages/codec/codec.hpp"
#include "messages/codec/event_parser.hpp"
#include "messages/consumers/typed_handler.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <boost/mp11/algorithm.hpp>
#include <rapidjson/document.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <limits>
#include <stdexcept>

using namespace carillon;

TEST_SUITE("messages/catalogue") {
  namespace {

  std::string text_of(const rapidjson::Document& x) {
    rapidjson::StringBuffer out;
    rapidjson::Writer writer{out};
    x.Accept(writer);
    return {out.GetString(), out.GetSize()};
  }

  bool satisfies(const std::string& schema, const rapidjson::Document& x) {
    rapidjson::Document document;
    document.Parse(schema.c_str());
    REQUIRE_FALSE(document.HasParseError());
    rapidjson::SchemaDocument compiled{document};
    rapidjson::SchemaValidator validator{compiled};
    return x.Accept(validator);
  }

  expected<draft_ptr> parse_with(const type_registry& types, std::string_view type,
                                 const std::string& data) {
    parse_context ctx{.types = &types, .engine_types = true, .now = from_micros(1)};
    return parse_event(R"({"companyId":"c","userId":"u","type":")" + std::string{type}
                         + R"(","data":)" + data + "}",
                       ctx);
  }

  /// The check made of the description and its JSON Schema agree on any value of any field.
  template <class T>
  void check_agreement(const type_registry& types) {
    static const char* values[]
      = {"1",          "1.5",        "-3", R"("x")", R"("2026-01-02T03:04:05Z")",
         "null",       "true",       "[]", "[1]",    R"(["a"])",
         R"(["a",1])", R"([["a"]])", "{}", "1e3",    R"({"a":[]})"};
    T x;
    x.company_id = "c";
    x.user_id = "u";
    auto info = types.find(T::type);
    for (const auto& field : fields_of<T>())
      for (const char* value : values) {
        CAPTURE(std::string{T::type});
        CAPTURE(field.name);
        CAPTURE(std::string{value});
        rapidjson::Document changed;
        changed.Parse(encode(x)->c_str());
        rapidjson::Document other{&changed.GetAllocator()};
        other.Parse(value);
        changed[field.name.c_str()].Swap(other);
        auto text = text_of(changed);
        payload_view view;
        REQUIRE(this_threads_parser().parse_payload(text, view));
        bool checked = info->check(view).has_value();
        if (checked)
          CHECK(satisfies(info->schema, changed));
        // Validators take any text for a `date-time`.
        if (field.kind != field_kind::time)
          CHECK(checked == satisfies(info->schema, changed));
        CHECK(decode<T>(text).has_value() == checked);
      }
  }

  /// Rules for every described type.
  template <class T>
  void check_type(const type_registry& types) {
    CAPTURE(std::string{T::type});
    auto info = types.find(T::type);
    REQUIRE(info != nullptr);
    CHECK(info->audience == T::audience);
    T x;
    x.company_id = "c";
    x.user_id = "u";
    auto draft = make_draft(x, {.id = "i"});
    REQUIRE(draft);
    CHECK((*draft)->type == T::type);
    CHECK(parse_with(types, T::type, (*draft)->data));
    auto back = decode<T>((*draft)->data);
    REQUIRE(back);
    CHECK(*encode(*back) == (*draft)->data);

    rapidjson::Document whole;
    whole.Parse((*draft)->data.c_str());
    CHECK(satisfies(info->schema, whole));
    for (const auto& field : fields_of<T>()) {
      CAPTURE(field.name);
      rapidjson::Document less;
      less.CopyFrom(whole, less.GetAllocator());
      less.RemoveMember(field.name.c_str());
      auto got = parse_with(types, T::type, text_of(less));
      CHECK(got.has_value() == !field.required);
      CHECK(satisfies(info->schema, less) == !field.required);
      if (!got)
        CHECK(got.error().field == "data." + field.name);
      rapidjson::Document wrong;
      wrong.CopyFrom(whole, wrong.GetAllocator());
      wrong[field.name.c_str()].SetBool(true);
      auto mistyped = parse_with(types, T::type, text_of(wrong));
      REQUIRE_FALSE(mistyped);
      CHECK(mistyped.error().field == "data." + field.name);
      CHECK_FALSE(satisfies(info->schema, wrong));
    }
  }

  } // namespace

  TEST_CASE("there are 32 types, each of which encodes, checks and decodes by one description") {
    type_registry types;
    CHECK(types.list().size() == 33);
    CHECK(boost::mp11::mp_size<catalogue>::value == 33);
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, catalogue>>(
      [&](auto entry) { check_type<typename decltype(entry)::type>(types); });
  }

  TEST_CASE("the check of a described type agrees with its JSON Schema") {
    type_registry types;
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, catalogue>>(
      [&](auto entry) { check_agreement<typename decltype(entry)::type>(types); });
  }

  TEST_CASE("a refusal says what is wrong with which field") {
    type_registry types;
    auto detail = [&](const std::string& data) {
      return parse_with(types, "order.created", data).error().detail;
    };
    CHECK(detail(R"({"total":1,"items":[],"status":"n"})") == "data.orderId is missing");
    CHECK(detail(R"({"orderId":"o","total":"1","items":[],"status":"n"})")
          == "data.total must be a number, got a string");
    CHECK(detail(R"({"orderId":"o","total":1,"items":{},"status":"n"})")
          == "data.items must be an array or a count, got an object");
  }

  TEST_CASE("values survive the way through JSON") {
    order_created x;
    x.company_id = "c";
    x.order_id = "o-\"1\"\n€";
    x.total = 0.1;
    x.items.json = R"([{"sku":"a"},1,[2]])";
    x.status = std::string(2'000, 's');
    auto back = decode<order_created>(*encode(x));
    REQUIRE(back);
    CHECK(back->order_id == x.order_id);
    CHECK(back->total == x.total);
    CHECK(back->items == x.items);
    CHECK(back->status == x.status);

    user_updated u;
    u.user_id = "u";
    u.fields = {"a", "b,\"c"};
    CHECK(decode<user_updated>(*encode(u))->fields == u.fields);

    system_maintenance m;
    m.starts_at = *from_rfc3339("2026-05-06T07:08:09.123456Z");
    CHECK(decode<system_maintenance>(*encode(m))->starts_at == m.starts_at);

    inventory_updated i;
    i.quantity = INT64_MIN;
    CHECK(decode<inventory_updated>(*encode(i))->quantity == INT64_MIN);
  }

  TEST_CASE("what can't be an event is refused when it is made") {
    order_created x;
    CHECK(make_draft(x).error().field == "companyId");
    x.company_id = "c";
    CHECK(make_draft(x));
    x.total = std::numeric_limits<double>::infinity();
    CHECK(make_draft(x).error().field == "data.total");
    x.total = 1;
    x.items.json = R"([1],"x":[2])";
    CHECK(make_draft(x).error().code == ec::schema_violation);
    x.items.json = "{}";
    CHECK_FALSE(make_draft(x));
    x.items.json = "[]";
    x.status = "\xff";
    CHECK_FALSE(make_draft(x));
    x.status = std::string(300'000, 'x');
    CHECK(make_draft(x).error().code == ec::too_large);
    x.status = "";
    CHECK_FALSE(make_draft(x, {.id = std::string(129, 'i')}));
    CHECK_FALSE(make_draft(x, {.metadata = "{"}));
    // Invalid UTF-8 would make the event's JSON unreadable for everybody.
    CHECK(make_draft(x, {.id = "\xff"}).error().field == "id");
    CHECK(make_draft(x, {.source = "\xc3"}).error().field == "source");
    CHECK(make_draft(x, {.correlation_id = "\xed\xa0\x80"}).error().field == "correlationId");
    CHECK(make_draft(x, {.time = from_micros(-63'000'000'000'000'000)}).error().field == "time");
    order_delivered late;
    late.company_id = "c";
    late.delivered_at = timestamp::max();
    CHECK(make_draft(late).error().field == "data.deliveredAt");
  }

  TEST_CASE("a typed handler decodes, and turns what it throws or returns into outcomes") {
    order_created x;
    x.company_id = "c";
    x.order_id = "o-1";
    delivery d;
    d.event = *make_draft(x);
    std::string seen;
    auto good = typed_handler<order_created>(
      [&](const order_created& o, const delivery&) { seen = o.order_id; });
    CHECK(good(d));
    CHECK(seen == "o-1");
    auto failing
      = typed_handler<order_created>([](const order_created&, const delivery&) -> expected<void> {
          return failure{ec::handler_failed, "no", {}};
        });
    CHECK(failing(d).error().detail == "no");
    auto throwing = typed_handler<order_created>(
      [](const order_created&, const delivery&) { throw std::runtime_error{"boom"}; });
    CHECK(throwing(d).error() == failure{ec::handler_failed, "boom", {}});
    auto odd = typed_handler<order_created>([](const order_created&, const delivery&) { throw 1; });
    CHECK(odd(d).error().code == ec::handler_failed);
    auto mismatch = typed_handler<user_login>([](const user_login&, const delivery&) {});
    CHECK(mismatch(d).error().code == ec::schema_violation);
  }
}
