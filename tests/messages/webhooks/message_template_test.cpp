#include "messages/webhooks/message_template.hpp"

#include "base/json/strict_json.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

using namespace carillon;

TEST_SUITE("messages/message_template") {
  namespace {

  event an_order() {
    event x;
    x.seq = 17;
    x.id = "e-1";
    x.type = "order.created";
    x.source = "/shop";
    x.company_id = "c-1";
    x.data = R"({"id":"o-1","total":129.50,"paid":true,"note":null,"open":false,"none":[],)"
             R"("items":[{"sku":"A-1","n":2},{"sku":"B-2","n":1}],)"
             R"("evil":"<!channel> *b* [x](http://y) & \"}\n,\"z\":1 @everyone"})";
    return x;
  }

  std::string setting(std::string_view format, std::string_view body) {
    return "{\"format\":\"" + std::string{format} + "\",\"template\":" + std::string{body} + "}";
  }

  rendered_message made(std::string_view format, std::string_view body,
                        const event& x = an_order()) {
    CAPTURE(body);
    auto message = message_template::parse(setting(format, body));
    REQUIRE(message.has_value());
    auto out = message->render(x);
    REQUIRE(out.has_value());
    return *out;
  }

  std::string text(std::string_view body, const event& x = an_order()) {
    return made("text", "\"" + std::string{body} + "\"", x).body;
  }

  failure refused(std::string_view json) {
    CAPTURE(json);
    auto out = message_template::parse(json);
    REQUIRE(out.has_error());
    CHECK(out.error().code == ec::invalid_argument);
    return out.error();
  }

  } // namespace

  TEST_CASE("variables and sections") {
    CHECK(text("Order {{data.id}} of {{companyId}}: {{ data.total }}")
          == "Order o-1 of c-1: 129.50");
    CHECK(text("{{type}} {{id}} {{source}} {{seq}}") == "order.created e-1 /shop 17");
    CHECK(text("[{{userId}}{{data.note}}{{data.missing.deep}}]") == "[]");
    CHECK(text("{{#data.items}}{{sku}}x{{n}} {{/data.items}}") == "A-1x2 B-2x1 ");
    CHECK(text("{{#data}}{{id}} {{#items}}{{id}}{{/items}}{{/data}}") == "o-1 o-1o-1");
    CHECK(text("{{#data.paid}}paid{{/data.paid}}{{^data.paid}}open{{/data.paid}}") == "paid");
    CHECK(text("{{^data.none}}none{{/data.none}}{{^data.open}}!{{/data.open}}") == "none!");
    CHECK(text("{{! a note }}{{data.paid}}") == "true");
    event list;
    list.data = R"({"tags":["a","b"]})";
    CHECK(text("{{#data.tags}}<{{.}}>{{/data.tags}}", list) == "<a><b>");
  }

  TEST_CASE("each format has its content type and its frame") {
    const auto slack = made("slack", R"("New: {{data.id}}")");
    CHECK(slack.content_type == "application/json");
    CHECK(slack.body == R"({"text":"New: o-1"})");
    const auto discord = made("discord", R"("New: {{data.id}}")");
    CHECK(discord.body == R"({"content":"New: o-1","allowed_mentions":{"parse":[]}})");
    const auto teams = made("teams", R"("New: {{data.id}}")");
    const auto card = parse_strict_object(teams.body, 16);
    REQUIRE(card.has_value());
    CHECK(view_of((*card)["attachments"][0]["content"]["body"][0]["text"]) == "New: o-1");
    const auto form = made("form", R"({"a b":"{{data.id}} & {{data.total}}","c":"ü"})");
    CHECK(form.content_type == "application/x-www-form-urlencoded");
    CHECK(form.body == "a+b=o-1+%26+129.50&c=%C3%BC");
    CHECK(made("text", "\"x\"").content_type == "text/plain; charset=utf-8");
    CHECK(made("json", R"({ "n":1.50,"list":[true,null,"{{data.id}}"],"{{key}}":{}})").body
          == R"({"n":1.50,"list":[true,null,"o-1"],"{{key}}":{}})");
  }

  TEST_CASE("a value does not leave its place") {
    CHECK(made("slack", R"("{{data.evil}}")").body.find("<!channel>") == std::string::npos);
    CHECK(made("slack", R"("{{data.evil}}")").body.find("&lt;!channel&gt;") != std::string::npos);
    CHECK(made("discord", R"("{{data.evil}}")").body.find("[x](") == std::string::npos);
    const auto json = made("json", R"({"a":"{{data.evil}}","z":0})");
    const auto parsed = parse_strict_object(json.body, 16);
    REQUIRE(parsed.has_value());
    CHECK(parsed->MemberCount() == 2);
    CHECK((*parsed)["z"].GetInt() == 0);
    const auto form = made("form", R"({"a":"{{data.evil}}"})").body;
    CHECK(form.find('&') == std::string::npos);
    CHECK(text("begin {{data.evil}}\\nend").find('\n')
          == text("begin {{data.evil}}\\nend").rfind('\n'));
  }

  TEST_CASE("any text in an event leaves the JSON whole") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 rng{seed};
    const std::string_view parts[] = {"\\\"",    "\\\\", "}", "{{", "}}", "{{/",           "\\n",
                                      "\\u0001", "<",    "]", ",",  "ü",  "\\ud83d\\ude00"};
    for (int i = 0; i < 2'000; ++i) {
      event x;
      x.data = R"({"x":")";
      for (auto n = rng() % 12; n > 0; --n)
        x.data += parts[rng() % std::size(parts)];
      x.data += "\"}";
      CAPTURE(x.data);
      for (const auto* format : {"slack", "teams", "discord"}) {
        const auto out = made(format, R"("a {{data.x}} b")", x);
        REQUIRE(parse_strict_object(out.body, 16).has_value());
      }
      const auto out = made("json", R"({"a":"{{data.x}}","b":[1]})", x);
      const auto json = parse_strict_object(out.body, 16);
      REQUIRE(json.has_value());
      REQUIRE(json->MemberCount() == 2);
      const auto data = parse_strict_object(x.data, 16);
      REQUIRE(view_of((*json)["a"]) == view_of((*data)["x"]));
    }
  }

  TEST_CASE("a fault names its place") {
    CHECK(refused("[]").field == "message");
    CHECK(refused(R"({"template":"x"})").field == "message/format");
    CHECK(refused(R"({"format":"standard","template":"x"})").field == "message/format");
    CHECK(refused(R"({"format":"slack"})").field == "message/template");
    CHECK(refused(R"({"format":"slack","template":{}})").field == "message/template");
    CHECK(refused(R"({"format":"json","template":"x"})").field == "message/template");
    CHECK(refused(R"({"format":"form","template":{"a":1}})").field == "message/template");
    CHECK(refused(R"({"format":"text","template":"x","type":"y"})").field == "message");
    for (const auto* x : {"{{", "{{}}", "{{#data.a}}", "{{/data.a}}", "{{#data.a}}{{/data.b}}",
                          "{{{data.a}}}", "{{&data.a}}", "{{>data.a}}", "{{=<% %>=}}", "{{total}}",
                          "{{data..a}}", "{{data.a b}}", "{{.}}"})
      CHECK(refused(setting("text", "\"" + std::string{x} + "\"")).field == "message/template");
    CHECK(refused(setting("text", "\"" + std::string(16'384, 'x') + "\"")).field == "message");
  }

  TEST_CASE("what cannot be filled in is told, and no message costs more than its bounds") {
    const auto fault = [](std::string_view body, const event& x) {
      auto out
        = message_template::parse(setting("text", "\"" + std::string{body} + "\""))->render(x);
      REQUIRE(out.has_error());
      CHECK(out.error().code == ec::invalid_argument);
      return out.error().detail;
    };
    CHECK(fault("{{data.items}}", an_order())
          == "{{data.items}} is a list: write {{#data.items}}…{{/data.items}}, or the name of a "
             "member");
    event many;
    many.data = "{\"a\":[0";
    for (int i = 0; i < 999; ++i)
      many.data += ",1";
    many.data += "]}";
    CHECK(fault("{{#data.a}}{{#data.a}}{{#data.a}}{{/data.a}}{{/data.a}}{{/data.a}}", many)
            .starts_with("the message needs more than 10000 steps"));
    event large;
    large.data = "{\"a\":[1,2,3,4],\"x\":\"" + std::string(100'000, 'x') + "\"}";
    CHECK(fault("{{#data.a}}{{data.x}}{{/data.a}}", large) == "the message is larger than 256 KiB");
    CHECK(made("discord", R"("{{data.x}}")", large).body.size() < 2'100);
  }

  TEST_CASE("a template survives its text") {
    const auto json = setting("json", R"({"a":"{{data.id}}"})");
    const auto x = *message_template::parse(json);
    CHECK(x.text() == json);
    CHECK(*message_template::parse(x.text()) == x);
    CHECK(message_template{}.is_standard());
    CHECK_FALSE(x == message_template{});
    CHECK(message_template{}.text().empty());
  }
}
