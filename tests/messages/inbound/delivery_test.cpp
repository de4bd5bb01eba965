#include "messages/inbound/delivery.hpp"

#include "base/crypto/sha256.hpp"
#include "messages/inbound/form.hpp"
#include "tests/messages/inbound/signed_requests.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace carillon::test {

TEST_SUITE("messages/inbound_delivery") {
  namespace {

  type_registry types;

  parse_context context(bool unknown = true) {
    return {.types = &types, .accept_unknown_types = unknown, .now = timestamp{}};
  }

  inbound_template of(const std::string& text) {
    return *inbound_template::parse(text);
  }

  live_source shop(const std::string& type, const std::string& id) {
    auto out = source_of(inbound_preset::hmac, "secret-of-a-shop");
    out.source.name = "shop";
    out.source.company_id = "acme";
    out.source.signature.header = "x-sign";
    out.source.type = of(type);
    out.source.id = of(id);
    return out;
  }

  expected<draft_ptr> draft(const live_source& from, const std::string& body,
                            inbound_headers headers = {}, bool form = false,
                            const parse_context& ctx = context()) {
    const inbound_request request{
      std::move(headers), form ? "application/x-www-form-urlencoded" : "application/json", form};
    const auto data = inbound_data_of(body, form);
    if (!data)
      return data.error();
    return inbound_draft(from, request, body, *data, ctx);
  }

  failure refused(const expected<draft_ptr>& x) {
    REQUIRE_FALSE(x.has_value());
    return x.error();
  }

  } // namespace

  TEST_CASE("a delivery becomes an event, whose data is the body byte for byte") {
    const auto from = shop("shop.{/topic}.{header:x-kind}", "{/meta/id}-{header:x-try|/n}");
    const std::string body
      = "{ \"topic\":\"orders/Create\", \"meta\":{\"id\":12345678901234567890123}, \"n\":1.50 }";
    const auto made
      = draft(from, " \n" + body + "\r\n\n", {{"x-kind", "Paid-Up"}, {"x-sign", "s"}});
    REQUIRE(made.has_value());
    const auto& x = **made;
    CHECK(x.type == "shop.orders.create.paid_up");
    // No digit of a number is lost.
    CHECK(x.id == "12345678901234567890123-1.50");
    CHECK(x.source == "/in/shop");
    CHECK(x.company_id == "acme");
    CHECK(x.data == body);
    CHECK(x.metadata
          == R"({"inbound":{"source":"shop","preset":"hmac","contentType":"application/json",)"
             R"("headers":{"x-sign":"s","x-kind":"Paid-Up"},"before":" \n","after":"\r\n\n"}})");
  }

  TEST_CASE("what is no object is a member of one, and a form is an object") {
    const auto from = shop("shop.batch", "{sha256}");
    CHECK((*draft(from, "[1, 2]"))->data == R"({"body":[1, 2]})");
    CHECK((*draft(from, "\"x\""))->data == R"({"body":"x"})");
    const std::string body = "b=2&a=1+%2B%C3%A4&a=&b%22=x&payload=%7B%22id%22%3A7%7D&&";
    const auto form = draft(shop("shop.{/payload/kind|/form/b}", "{/payload/id}"), body, {}, true);
    REQUIRE(form.has_value());
    CHECK((*form)->type == "shop.2");
    CHECK((*form)->id == "7");
    CHECK(
      (*form)->data
      == R"({"form":{"a":["1 +ä",""],"b":"2","b\"":"x","payload":"{\"id\":7}"},)"
         R"("payload":{"id":7},"raw":"b=2&a=1+%2B%C3%A4&a=&b%22=x&payload=%7B%22id%22%3A7%7D&&"})");
  }

  TEST_CASE("the id of a body is that of another only if it is the same") {
    const auto from = shop("shop.batch", "{sha256}");
    CHECK((*draft(from, "{}"))->id == sha256_hex("{}"));
    CHECK((*draft(from, "{ }"))->id != (*draft(from, "{}"))->id);
  }

  TEST_CASE("a body cannot add members to its event") {
    const auto from = shop("shop.batch", "{sha256}");
    for (const std::string body :
         {R"({},"companyId":"other")", R"({},"type":"a.b","data":{})", R"({"a":1}})", R"({} {})",
          R"([],"x":1)", R"(1,"x":1)", R"("a","x":1)", "{", "}", "", " ", "nul", "{\"a\":01}",
          "\xEF\xBB\xBF{}"}) {
      CAPTURE(body);
      CHECK(refused(draft(from, body)).code == ec::malformed_json);
    }
  }

  TEST_CASE("hostile JSON is refused as that of publishers is") {
    const auto from = shop("shop.batch", "{sha256}");
    const auto deep = std::string(100, '[') + std::string(100, ']');
    const std::string nul{"{\"a\":\"\0\"}", 9};
    for (const std::string& body :
         {std::string{R"({"a":1,"a":2})"}, std::string{R"({"a":{"b":1,"b":2}})"},
          std::string{R"({"a":"\u0000"})"}, std::string{R"({"a":"\ud800"})"},
          std::string{R"({"a":1e999})"}, "{\"a\":" + deep + "}", deep, nul,
          std::string{"{\"a\":\"\xc3\x28\"}"}, std::string(200'000, '['),
          "{\"a\":" + std::string(200'000, '[')}) {
      CAPTURE(body.substr(0, 40));
      const auto why = refused(draft(from, body));
      CHECK((why.code == ec::malformed_json || why.code == ec::invalid_argument));
    }
    CHECK(
      refused(draft(from, "{\"a\":\"" + std::string(event_limits::data_bytes, 'x') + "\"}")).code
      == ec::too_large);
  }

  TEST_CASE("a hostile form is refused, and a large one") {
    const auto from = shop("shop.batch", "{sha256}");
    for (const std::string& body :
         {std::string{"a=%"}, std::string{"a=%4"}, std::string{"a=%zz"}, std::string{"a=%ff"},
          std::string{"a=%00"}, std::string{"a=\xff"}, std::string{"a\0=1", 4}, std::string{}}) {
      CAPTURE(body);
      CHECK(refused(draft(from, body, {}, true)).code == ec::malformed_json);
    }
    std::string many;
    for (size_t i = 0; i <= most_form_fields; ++i)
      many += "a&";
    CHECK(refused(draft(from, many, {}, true)).code == ec::too_large);
    // A payload that would break out of its member stays a text.
    const auto kept = draft(from, "payload=%7B%7D%2C%22x%22%3A1", {}, true);
    REQUIRE(kept.has_value());
    CHECK((*kept)->data.find("\"payload\":{}") == std::string::npos);
  }

  TEST_CASE("a missing value is refused with its field") {
    const auto from = shop("shop.{/topic}", "{header:x-id|/id}");
    CHECK(refused(draft(from, R"({"id":"1"})")).field == "type");
    for (const char* topic : {R"("")", "null", "true", "{}", "[]"})
      CHECK(refused(draft(from, std::string{R"({"id":"1","topic":)"} + topic + "}")).field
            == "type");
    const auto why = refused(draft(from, R"({"topic":"a"})"));
    CHECK(why.field == "id");
    CHECK(why.code == ec::invalid_argument);
    CHECK((*draft(from, R"({"topic":"a","id":"2"})", {{"x-id", ""}}))->id == "2");
    CHECK(refused(draft(from, R"({"topic":"a","id":")" + std::string(200, 'i') + "\"}")).field
          == "id");
    CHECK(refused(draft(from, R"({"topic":"a","id":"a\nb"})")).field == "id");
  }

  TEST_CASE("a value makes no other type than its text") {
    const auto from = shop("shop.{/topic}", "{sha256}");
    const auto type_of = [&](const std::string& topic) {
      auto made = draft(from, R"({"topic":)" + topic + "}");
      return made ? (*made)->type : "refused: " + made.error().field;
    };
    CHECK(type_of(R"("a.b")") == "shop.a.b");
    CHECK(type_of(R"("/a//b/")") == "shop.a.b");
    CHECK(type_of(R"("..")") == "refused: type");
    CHECK(type_of(R"("Ünïcode x")") == "shop.__n__code_x");
    CHECK(type_of(R"("a\"},{")") == "shop.a____");
    CHECK(type_of("\"" + std::string(200, 'a') + "\"") == "refused: type");
    const auto whole = shop("{/topic}", "{sha256}");
    // The types and sources of the engine are its own.
    CHECK(refused(draft(whole, R"({"topic":"webhook.delivery_exhausted"})")).code == ec::forbidden);
    CHECK(refused(draft(whole, R"({"topic":"plain"})")).field == "type");
  }

  TEST_CASE("an unknown type and another company's event are refused as those of publishers are") {
    const auto from = shop("shop.batch", "{sha256}");
    CHECK(refused(draft(from, "{}", {}, false, context(false))).code == ec::unknown_type);
    const auto typed = shop("order.created", "{sha256}");
    CHECK(refused(draft(typed, "{}")).code == ec::schema_violation);
    CHECK((*draft(from, R"({"companyId":"other"})"))->company_id == "acme");
  }

  TEST_CASE("Slack's question is found in a body that is one") {
    const auto asked = [](const std::string& body) {
      return slack_challenge_of(*inbound_data_of(body, false)).value_or("none");
    };
    CHECK(asked(R"({"token":"t","challenge":"3eZbrw1aB","type":"url_verification"})")
          == "3eZbrw1aB");
    CHECK(asked(R"({"challenge":"x","type":"event_callback"})") == "none");
    CHECK(asked(R"({"type":"url_verification"})") == "none");
    CHECK(asked(R"({"type":"url_verification","challenge":7})") == "none");
    CHECK(asked(R"({"type":"url_verification","challenge":")" + std::string(300, 'c') + "\"}")
          == "none");
  }
}

} // namespace carillon::test
