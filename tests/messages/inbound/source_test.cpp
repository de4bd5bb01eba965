#include "messages/inbound/source.hpp"

#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "messages/inbound/source_json.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace carillon;

TEST_SUITE("messages/inbound_source") {
  namespace {

  /// The source, or the field at fault.
  expected<inbound_source> read(const std::string& json) {
    CAPTURE(json);
    const auto parsed = parse_object(json);
    REQUIRE(parsed.has_value());
    object_reader in{*parsed};
    auto out = read_inbound_source(in);
    if (auto fault = in.finish())
      return *fault;
    out.name = "shop";
    if (auto valid = check_source(out); !valid)
      return valid.error();
    return out;
  }

  std::string fault_of(const std::string& json) {
    const auto x = read(json);
    return x ? "none" : x.error().field;
  }

  constexpr const char* generic
    = R"({"preset":"hmac","type":"shop.{/topic}","id":"{/id}","signature":{"header":"X-Sign",)"
      R"("prefix":"v1=","algorithm":"sha512","encoding":"base64","timestampHeader":"X-Time",)"
      R"("content":"{timestamp}.{body}"},"toleranceSeconds":60,"answerStatus":200,)"
      R"("verifyToken":"a-token-of-meta"})";

  } // namespace

  TEST_CASE("presets that know their provider need nothing more") {
    for (const char* preset : {"standard", "stripe", "github", "shopify", "slack"}) {
      CAPTURE(preset);
      const auto x = read(std::string{R"({"preset":")"} + preset + "\"}");
      REQUIRE(x.has_value());
      CHECK_FALSE(x->type.empty());
      CHECK_FALSE(x->id.empty());
      CHECK(name_of(x->preset) == preset);
    }
    for (const char* preset : {"hmac", "basic", "bearer"})
      CHECK(fault_of(std::string{R"({"preset":")"} + preset + "\"}") != "none");
  }

  TEST_CASE("a source is stored and read as it is, without the token") {
    const auto x = read(generic);
    REQUIRE(x.has_value());
    CHECK(x->signature.header == "x-sign");
    CHECK(x->signature.timestamp_header == "x-time");
    const auto json = json_of(*x);
    CHECK(json.find("a-token-of-meta") == std::string::npos);
    auto again = inbound_source_from_json(json);
    REQUIRE(again.has_value());
    again->name = x->name;
    CHECK(*again == *x);
    CHECK(read(json).has_value());
    CHECK(inbound_source_from_json("{}").error().code == ec::store_corrupt);
    CHECK(inbound_source_from_json("x").error().code == ec::store_corrupt);
  }

  TEST_CASE("a bad source is refused with its field") {
    const auto hmac = [](const std::string& signature) {
      return R"({"preset":"hmac","type":"a.b","id":"{/id}","signature":)" + signature + "}";
    };
    const auto stripe
      = [](const std::string& more) { return R"({"preset":"stripe",)" + more + "}"; };
    for (
      const auto& [json, field] : std::vector<std::pair<std::string, std::string>>{
        {"{}", "preset"},
        {R"({"preset":"Stripe"})", "preset"},
        {stripe(R"("every":1)"), "every"},
        {stripe(R"("signature":{"header":"x"})"), "signature"},
        {stripe(R"("type":"")"), "type"},
        {stripe(R"("type":"Stripe")"), "type"},
        // No delivery could ever be one.
        {stripe(R"("type":"system.alert")"), "type"},
        {stripe(R"("type":"stripe.{type}")"), "type"},
        {stripe(R"("type":"stripe.{/a")"), "type"},
        {stripe(R"("type":"stripe./a}")"), "type"},
        {stripe(R"("type":"{header:a b}.c")"), "type"},
        {stripe(R"("type":"a.{/x~2}")"), "type"},
        {stripe(R"("id":"constant")"), "id"},
        {stripe(R"("id":"{header:authorization}")"), "id"},
        {stripe(R"("id":"{header:Cookie}")"), "id"},
        {stripe(R"("id":")" + std::string(600, 'a') + "{/id}\""), "id"},
        {stripe(R"("id":"{/1}{/2}{/3}{/4}{/5}{/6}{/7}{/8}{/9}")"), "id"},
        {stripe(R"("id":"{/1|/2|/3|/4|/5|/6|/7|/8|/9}")"), "id"},
        {stripe(R"("toleranceSeconds":0)"), "toleranceSeconds"},
        {stripe(R"("toleranceSeconds":86401)"), "toleranceSeconds"},
        {stripe(R"("answerStatus":201)"), "answerStatus"},
        {stripe(R"("username":"u")"), "username"},
        {stripe(R"("header":"x-token")"), "header"},
        {stripe(R"("verifyToken":"long enough")"), "verifyToken"},
        {hmac("{}"), "signature.header"},
        {hmac("1"), "signature"},
        {hmac(R"({"header":"Authorization"})"), "signature.header"},
        {hmac(R"({"header":"a b"})"), "signature.header"},
        {hmac(R"({"header":"x","algorithm":"md5"})"), "signature.algorithm"},
        {hmac(R"({"header":"x","encoding":"base32"})"), "signature.encoding"},
        {hmac(R"({"header":"x","content":"body"})"), "signature.content"},
        {hmac(R"({"header":"x","content":"{body}{body}"})"), "signature.content"},
        {hmac(R"({"header":"x","content":"{body}{url}"})"), "signature.content"},
        {hmac(R"({"header":"x","content":"{timestamp}{body}"})"), "signature.timestampHeader"},
        {hmac(R"({"header":"x","timestampHeader":"t"})"), "signature.timestampHeader"},
        {hmac(R"({"header":"x","every":1})"), "signature.every"},
        {R"({"preset":"basic","type":"a.b","id":"{/id}"})", "username"},
        {R"({"preset":"basic","type":"a.b","id":"{/id}","username":"a:b"})", "username"},
        {R"({"preset":"bearer","type":"a.b","id":"{/id}","header":"Cookie"})", "header"},
        {R"({"preset":"hmac","type":"a.b","id":"{/id}","signature":{"header":"x"},"verifyToken":"short"})",
         "verifyToken"}}) {
      CAPTURE(json);
      CHECK(fault_of(json) == field);
    }
  }

  TEST_CASE("names are those of paths") {
    for (const char* good : {"a", "stripe", "0", "acme.stripe-eu_1"})
      CHECK(is_inbound_name(good));
    for (const std::string& bad : {std::string{}, std::string{"A"}, std::string{"a/b"},
                                   std::string{".a"}, std::string{"a b"}, std::string{"%61"},
                                   std::string(65, 'a'), std::string{"-a"}, std::string{"ä"}})
      CHECK_FALSE(is_inbound_name(bad));
  }

  TEST_CASE("secrets have the form of their provider, and are made where it takes ours") {
    using enum inbound_preset;
    for (const auto preset : {standard, stripe, github, shopify, slack, hmac, basic, bearer}) {
      CAPTURE(name_of(preset));
      const auto made = make_inbound_secret(preset);
      REQUIRE(made.has_value());
      CHECK(check_inbound_secret(preset, *made));
      CHECK(*made != *make_inbound_secret(preset));
      CHECK_FALSE(check_inbound_secret(preset, "short"));
      CHECK_FALSE(check_inbound_secret(preset, std::string(300, 'a')));
      CHECK_FALSE(check_inbound_secret(preset, "with\na line end"));
    }
    const auto why = check_inbound_secret(standard, "not-a-standard-secret");
    REQUIRE_FALSE(why.has_value());
    CHECK(why.error().field == "secret");
    CHECK(why.error().detail.find("not-a-standard") == std::string::npos);
    CHECK_FALSE(may_make_secret(stripe));
    CHECK(may_make_secret(github));
  }
}
