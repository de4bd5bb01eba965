#include "handlers/email/templates.hpp"

#include "base/text/plain_text.hpp"
#include "handlers/email/embedded_templates.hpp"
#include "handlers/email/template_check.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace carillon::test {

TEST_SUITE("handlers/templates") {
  namespace {

  const std::vector<std::string> kinds{"order_confirmation", "order_shipped", "order_delivered",
                                       "order_cancelled",    "welcome",       "payment_failed",
                                       "payment_refunded",   "low_stock",     "maintenance"};

  event made(std::string type, std::string data) {
    event out;
    out.seq = 7;
    out.id = "e-7";
    out.type = std::move(type);
    out.company_id = "c-1";
    out.user_id = "u-1";
    out.time = from_rfc3339("2026-11-23T22:23:01Z").value();
    out.data = std::move(data);
    return out;
  }

  rendered_mail render(const std::string& kind, const event& x, mailbox to = {"Ada", "ada@x.org"},
                       const std::string& directory = {}) {
    auto set = template_set::load(directory);
    REQUIRE_MESSAGE(set.has_value(), set.error().detail);
    auto out = (*set)->render(kind, {.what = &x, .recipient = std::move(to)});
    REQUIRE(out.has_value());
    return *out;
  }

  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  void put(const std::string& directory, const std::string& name, const std::string& text) {
    std::ofstream out{directory + '/' + name, std::ios::binary};
    out << text;
  }

  /// The failure for an override.
  std::string fault_of(const std::string& name, const std::string& text) {
    temporary_directory dir;
    put(dir.path(), name, text);
    auto out = template_set::load(dir.path());
    if (out)
      return {};
    CHECK(out.error().field == "mail-templates");
    auto detail = out.error().detail;
    auto at = detail.find(name);
    REQUIRE(at != std::string::npos);
    return detail.substr(at + name.size());
  }

  } // namespace

  TEST_CASE("an order that says only how many items it has says so") {
    auto mail = render("order_confirmation",
                       made("order.created", R"({"orderId":"o-1","total":99.5,"items":3})"));
    CHECK(has(mail.text, "Items: 3\n"));
    CHECK(has(mail.html, "<p>Items: 3</p>"));
    CHECK_FALSE(has(mail.html, "<table"));
    auto listed
      = render("order_confirmation", made("order.created", R"({"items":[{"name":"Bell"}]})"));
    CHECK_FALSE(has(listed.text, "Items:"));
    CHECK(has(listed.html, "<table"));
  }

  TEST_CASE("every kind has its three parts, and they are sound") {
    CHECK(embedded_template_names().size() == 3 * kinds.size());
    for (const auto& kind : kinds)
      for (const auto* part : {".subject.mustache", ".text.mustache", ".html.mustache"}) {
        CAPTURE(kind + part);
        auto text = embedded_template(kind + part);
        CHECK_FALSE(text.empty());
        CHECK_FALSE(check_template(text, part == std::string{".html.mustache"}
                                           ? template_part::html
                                           : template_part::text)
                      .has_value());
      }
  }

  TEST_CASE("an order confirmation says what was ordered") {
    auto x = made("order.created",
                  R"({"orderId":"o-1","total":25.5,"currency":"EUR","status":"paid","items":[)"
                  R"({"name":"Größe L","sku":"s-1","quantity":2,"price":10},"just a text",)"
                  R"({"title":"T","price":5.5,"qty":1,"amount":5.5},{"sku":"s-9","quantity":1}]})");
    auto mail = render("order_confirmation", x);
    CHECK(mail.subject == "Order o-1 confirmed");
    CHECK(mail.text
          == "Hello Ada,\n\nthank you for your order o-1.\n\nGröße L (s-1)\n  2 x 10.00 = 20.00\n\n"
             "just a text\n  \n\nT\n  1 x 5.50 = 5.50\n\n"
             "s-9\n  1\n\nTotal: 25.50 EUR\nStatus: paid\n");
    CHECK(has(mail.html, "<td>Größe L</td><td>s-1</td>"));
    CHECK(has(mail.html, "25.50 EUR"));
  }

  TEST_CASE("no member of an item is taken from the event around it") {
    auto x = made("order.created", R"({"orderId":"o","name":"outer","sku":"outer","items":[{}]})");
    CHECK_FALSE(has(render("order_confirmation", x).text, "outer"));
  }

  TEST_CASE("HTML is escaped, text and subject are not, and a subject is one line") {
    auto x = made("order.shipped", R"({"orderId":"<b>&\"'","carrier":"<script>alert(1)</script>",)"
                                   R"("trackingNumber":"{{orderId}} {{>x}} {{{y}}}"})");
    auto mail = render("order_shipped", x, {"Eve\r\nBcc: x <i>", "eve@x.org"});
    CHECK(mail.subject == "Order “<b>&\"'” is on its way");
    CHECK(has(mail.text, "<script>alert(1)</script>"));
    CHECK_FALSE(has(mail.html, "<script>"));
    CHECK_FALSE(has(mail.html, "<b>"));
    CHECK_FALSE(has(mail.html, "<i>"));
    CHECK(has(mail.html, "&lt;script&gt;"));
    // Data is never a template.
    CHECK(has(mail.html, "{{orderId}} {{&gt;x}} {{{y}}}"));
    auto long_one
      = made("order.shipped", R"({"orderId":"a\r\nBcc: x@y.z\n)" + std::string(999, 'x') + R"("})");
    mail = render("order_shipped", long_one);
    CHECK(mail.subject.starts_with("Order “a Bcc: x@y.z xxx"));
    CHECK(mail.subject.ends_with("…” is on its way"));
    CHECK(mail.subject.size() < 80);
    auto other
      = made("order.shipped", R"({"orderId":"o","carrier":")" + std::string(999, 'x') + R"("})");
    CHECK(render("order_shipped", other).subject.size() <= 200);
    CHECK(mail.subject.find_first_of("\r\n") == std::string::npos);
  }

  TEST_CASE("what a publisher writes is marked, and links nowhere") {
    auto x
      = made("user.registered", R"({"email":"a@b.c","note":"go to https://evil.example/x now"})");
    x.user_id
      = "Your account is locked. Log in at https://evil.example/login within a day, or else";
    auto mail = render("welcome", x, {"Ada", "ada@x.org"});
    for (const auto& text : {mail.subject, mail.text, mail.html}) {
      CHECK_FALSE(has(text, "evil"));
      CHECK_FALSE(has(text, "or else"));
    }
    CHECK(has(mail.text, "your account “Your account is locked. Log in at"));
    auto order = made("order.created", R"({"orderId":"o-1","status":"see www.evil.example",)"
                                       R"("items":[{"name":"http://evil.example/a b"}]})");
    mail = render("order_confirmation", order);
    CHECK_FALSE(has(mail.text + mail.html, "evil"));
    CHECK(has(mail.text, "[link removed] b"));
  }

  TEST_CASE("what is missing or of another type is empty") {
    for (const auto& kind : kinds)
      for (const auto* data :
           {"{}", "null", "[1]", "", "{\"items\":1}", "{\"orderId\":null,\"items\":[null,1,[],{}]}",
            "{\"orderId\":{},\"total\":[],\"items\":{\"a\":1}}",
            "{\"recipient\":\"x\",\"event\":1}",
            "{\"total\":1e308,\"amount\":-1e308,\"quantity\":0.1}"}) {
        CAPTURE(kind);
        CAPTURE(std::string{data});
        auto mail = render(kind, made("order.created", data), {"", "a@b"});
        CHECK_FALSE(mail.text.empty());
        CHECK_FALSE(has(mail.text, "{{"));
        CHECK(has(mail.text, "Hello,"));
      }
  }

  TEST_CASE("amounts and times are written for readers") {
    auto x = made("payment.failed", R"({"paymentId":"p","orderId":"o","amount":1200,)"
                                    R"("currency":"JPY","reason":""})");
    auto mail = render("payment_failed", x);
    CHECK(has(mail.text, "of 1200 JPY for"));
    CHECK_FALSE(has(mail.text, "Reason"));
    auto delivered
      = made("order.delivered", R"({"orderId":"o","deliveredAt":"2026-11-23T12:00:00.5+01:00"})");
    CHECK(has(render("order_delivered", delivered).text, "at 2026-11-23 11:00 UTC."));
    CHECK(amount_text(0.1 + 0.2, "EUR") == "0.30");
    CHECK(amount_text(0.125, "EUR") == "0.125");
    CHECK(amount_text(1.5, "KWD") == "1.500");
    CHECK(amount_text(1e300, "EUR") == "1e+300");
  }

  TEST_CASE("a long order is cut, and says so") {
    std::string items;
    for (int i = 0; i < 250; ++i)
      items += std::string{i == 0 ? "" : ","} + R"({"name":"n)" + std::to_string(i) + R"("})";
    auto mail = render("order_confirmation", made("order.created", "{\"items\":[" + items + "]}"));
    CHECK(has(mail.text, "n199\n"));
    CHECK_FALSE(has(mail.text, "n200"));
    CHECK(has(mail.text, "... and 50 more."));
  }

  TEST_CASE("files of a directory replace built-in ones, each for itself") {
    temporary_directory dir;
    put(dir.path(), "welcome.subject.mustache", "Hi {{recipient.address}} {{! a comment }}\n");
    put(dir.path(), "welcome.html.mustache", "<p>{{#data}}{{/data}}{{email}} {{event.type}}</p>");
    put(dir.path(), "README.txt", "{{broken");
    auto x = made("user.registered", R"({"email":"<x>"})");
    auto mail = render("welcome", x, {"Ada", "ada@x.org"}, dir.path());
    CHECK(mail.subject == "Hi ada@x.org");
    CHECK(mail.html == "<p>&lt;x&gt; user.registered</p>");
    CHECK(has(mail.text, "Welcome!"));
    CHECK(render("order_shipped", x, {}, dir.path()).subject == "Order is on its way");
  }

  TEST_CASE("broken overrides are refused with file and place") {
    const std::string html = "welcome.html.mustache";
    CHECK(fault_of(html, "a\nb {{name") == ":2:3 is broken: a tag that is not closed");
    CHECK(fault_of(html, "{{#a}}\n{{#b}}\n{{/a}}") == ":3:1 is broken: 'a' closes the section 'b'");
    CHECK(fault_of(html, "x{{#a}}") == ":1:2 is broken: the section 'a' is not closed");
    CHECK(fault_of(html, "{{/a}}") == ":1:1 is broken: the section 'a' was not opened");
    CHECK(has(fault_of(html, "{{{name}}}"), "would not be escaped"));
    CHECK(has(fault_of(html, "{{& name}}"), "would not be escaped"));
    CHECK(has(fault_of(html, "{{>other}}"), "cannot include"));
    CHECK(has(fault_of(html, "{{=| |=}}"), "delimiters"));
    CHECK(has(fault_of(html, "{{= =}}"), "delimiters"));
    CHECK(has(fault_of(html, "{{}}"), "without a name"));
    CHECK(has(fault_of(html, "{{a b}}"), "without a name"));
    CHECK(has(fault_of(html, "\xff"), "not UTF-8"));
    std::string deep;
    for (int i = 0; i < 17; ++i)
      deep += "{{#a}}";
    CHECK(has(fault_of(html, deep), "more than 16"));
    CHECK(has(fault_of("welcom.html.mustache", "x"), "replaces nothing"));
    CHECK(fault_of("welcome.text.mustache", "{{{name}}} {{&name}}").empty());
    CHECK_FALSE(template_set::load("/nowhere/at/all").has_value());
    temporary_directory dir;
    put(dir.path(), html, std::string(65'537, 'x'));
    CHECK(template_set::load(dir.path()).error().code == ec::too_large);
  }

  TEST_CASE("whatever passes the check can be rendered, whatever does not is refused") {
    constexpr uint32_t first_seed = 1;
    const std::vector<std::string> pieces{
      "{{", "}}", "{", "}",  "#a",     "/a",     "^a",    "a",    "b",   ".",   "!",     "=",
      ">",  "&",  " ", "\n", "{{#a}}", "{{/a}}", "{{b}}", "text", "{{{", "}}}", "{{^a}}"};
    const auto x = made("user.registered", R"({"a":[{"b":"<1>"},{"b":{"a":2}}],"b":"x"})");
    size_t sound = 0;
    for (auto seed = first_seed; seed < first_seed + 1'500; ++seed) {
      CAPTURE(seed);
      std::mt19937 random{seed};
      std::string text;
      for (size_t i = random() % 12; i > 0; --i)
        text += pieces[random() % pieces.size()];
      temporary_directory dir;
      put(dir.path(), "welcome.html.mustache", text);
      auto set = template_set::load(dir.path());
      if (!set)
        continue;
      ++sound;
      auto out = (*set)->render("welcome", {.what = &x});
      REQUIRE(out.has_value());
      CHECK_FALSE(has(out->html, "<"));
    }
    CHECK(sound > 200);
  }

  TEST_CASE("a kind that is none is said to be none") {
    auto set = template_set::load("").value();
    auto x = made("user.login", "{}");
    CHECK_FALSE(set->has("nothing"));
    CHECK_FALSE(set->has(""));
    CHECK(set->render("nothing", {.what = &x}).error().code == ec::not_found);
  }

} // TEST_SUITE

} // namespace carillon::test
