#include "tests/net/admin/admin_fixture.hpp"

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_filters") {
  namespace {

  constexpr const char* list_path = "/api/events/webhooks";
  constexpr const char* match_path = "/api/events/webhooks/1/match";

  event_ptr order_of(position seq, std::string company, std::string data,
                     std::string type = "order.created") {
    auto x = std::make_shared<event>();
    x->seq = seq;
    x->id = "e-" + std::to_string(seq);
    x->type = std::move(type);
    x->source = "/shop";
    x->company_id = std::move(company);
    x->data = std::move(data);
    return x;
  }

  webhook_with_secrets hook_of(std::string company, std::string_view filter) {
    webhook_with_secrets x;
    x.webhook.id = 1;
    x.webhook.settings.url = "https://a.example";
    x.webhook.settings.company_id = std::move(company);
    x.webhook.settings.types = *parse_patterns("order.*");
    x.webhook.settings.filter = *payload_filter::parse(filter);
    return x;
  }

  } // namespace

  TEST_CASE("a webhook is registered with a filter and a message, whose digits are kept") {
    admin_fixture f;
    auto made = f.post(list_path, R"({"url":"https://a.example",
      "filter": {"data.n": {"$gt": 9007199254740993}},
      "message":{"format":"slack","template":"Order {{data.id}}"}})");
    REQUIRE(made.status == 201);
    const auto& s = f.data.created_webhooks.front().settings;
    CHECK(s.filter.text() == R"({"data.n":{"$gt":9007199254740993}})");
    CHECK(s.message.text() == R"({"format":"slack","template":"Order {{data.id}}"})");
    CHECK(made.body.find(R"("filter":{"data.n":{"$gt":9007199254740993}})") != std::string::npos);
    CHECK(made.text("/message/format") == "slack");
    auto plain = f.post(list_path, R"({"url":"https://a.example","filter":null,"message":null})");
    REQUIRE(plain.status == 201);
    CHECK(plain.is_null("/filter"));
    CHECK(plain.is_null("/message"));
  }

  TEST_CASE("a wrong filter or message is refused with its place") {
    admin_fixture f;
    struct entry {
      const char* body;
      const char* field;
    };
    for (const auto& x :
         {entry{R"({"url":"https://a.example","filter":7})", "filter"},
          entry{R"({"url":"https://a.example","filter":{"data.n":{"$gtt":1}}})",
                "filter/data.n/$gtt"},
          entry{R"({"url":"https://a.example","filter":{"total":1}})", "filter/total"},
          entry{R"({"url":"https://a.example","message":"x"})", "message"},
          entry{R"({"url":"https://a.example","message":{"format":"xml","template":"x"}})",
                "message/format"},
          entry{
            R"({"url":"https://a.example","message":{"format":"text","template":"{{{data.a}}}"}})",
            "message/template"}}) {
      CAPTURE(x.body);
      auto got = f.post(list_path, x.body);
      CHECK(got.status == 400);
      CHECK(got.text("/field") == x.field);
    }
    CHECK(f.data.created_webhooks.empty());
  }

  TEST_CASE("a filter is changed and taken away, also in what GET answered") {
    admin_fixture f;
    f.data.webhooks = {hook_of("", "{}")};
    auto set = f.patch("/api/events/webhooks/1", R"({"filter":{"data.n":{"$gt":1.50}}})");
    REQUIRE(set.status == 200);
    REQUIRE(f.data.updated_webhooks.size() == 1);
    CHECK(f.data.updated_webhooks[0].change.filter->text() == R"({"data.n":{"$gt":1.50}})");
    CHECK_FALSE(f.data.updated_webhooks[0].change.message.has_value());
    auto gone = f.patch("/api/events/webhooks/1", R"({"id":1,"filter":null})");
    REQUIRE(gone.status == 200);
    CHECK(f.data.updated_webhooks[1].change.filter->is_everything());
  }

  TEST_CASE("events are asked for by what is in them") {
    admin_fixture f;
    f.data.events = {order_of(1, "c-1", R"({"n":1})"), order_of(2, "c-1", R"({"n":5})")};
    auto got = f.get("/api/events?filter=%7B%22data.n%22%3A%7B%22%24gt%22%3A1%7D%7D");
    REQUIRE(got.status == 200);
    CHECK(got.size("/events") == 1);
    auto wrong = f.get("/api/events?filter=%7B%22data.n%22%3A%7B%22%24x%22%3A1%7D%7D");
    CHECK(wrong.status == 400);
    CHECK(wrong.text("/field") == "filter/data.n/$x");
    CHECK(f.get("/api/events?filter=x").status == 400);
  }

  TEST_CASE("a webhook tells which of the newest events it would be sent") {
    admin_fixture f;
    f.data.webhooks = {hook_of("c-1", R"({"data.n":{"$gt":3}})")};
    f.data.events
      = {order_of(1, "c-1", R"({"n":1})"), order_of(2, "c-1", R"({"n":5})"),
         order_of(3, "c-2", R"({"n":5})"), order_of(4, "c-1", R"({"n":5})", "user.login")};
    auto got = f.post(match_path, "");
    REQUIRE(got.status == 200);
    CHECK(got.number("/examined") == 3);
    CHECK(got.number("/matched") == 1);
    CHECK(got.number("/excluded") == 1);
    CHECK(got.number("/ofOtherTypes") == 1);
    CHECK(got.number("/from") == 1);
    CHECK(got.number("/to") == 4);
    CHECK(got.size("/events") == 1);
    CHECK(got.text("/events/0/id") == "e-2");
    auto tried = f.post(match_path, R"({"types":["user.*"],"filter":{}})");
    REQUIRE(tried.status == 200);
    CHECK(tried.text("/events/0/type") == "user.login");
    CHECK(f.post(match_path, R"({"filter":{"x":1}})").text("/field") == "filter/x");
    CHECK(f.post(match_path, R"({"url":"https://b.example"})").status == 400);
    CHECK(f.post("/api/events/webhooks/2/match", "").status == 404);
    // A key of another company sees neither the webhook nor the events.
    CHECK(f.send("POST", match_path, f.reader_a).status == 404);
    CHECK(f.send("POST", match_path, f.publisher).status == 403);
  }

  TEST_CASE("at most the newest thousand events are tried, and none is no fault") {
    admin_fixture f;
    f.data.webhooks = {hook_of("", "{}")};
    auto none = f.post(match_path, "");
    REQUIRE(none.status == 200);
    CHECK(none.number("/examined") == 0);
    CHECK(none.is_null("/from"));
    for (position seq = 1; seq <= 1'050; ++seq)
      f.data.events.push_back(order_of(seq, "c-1", "{}"));
    auto got = f.post(match_path, "");
    CHECK(got.number("/examined") == 1'000);
    CHECK(got.number("/from") == 51);
  }
}
