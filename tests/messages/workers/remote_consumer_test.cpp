#include "messages/workers/remote_consumer.hpp"

#include "messages/access/api_key.hpp"
#include "tests/support/events.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("messages/remote_consumer") {
  TEST_CASE("settings survive as JSON") {
    remote_consumer x;
    x.name = "billing";
    x.types = {*type_pattern::parse("order.*"), *type_pattern::parse("user.login")};
    x.filter = *payload_filter::parse(R"({"data.total":{"$gt":9007199254740993}})");
    x.company_id = "c-1";
    x.order = delivery_order::per_key;
    x.key = "/order/id";
    x.max_attempts = 7;
    x.retry_schedule = {0ms, 5s};
    x.ack_timeout = 1min;
    x.max_in_flight = 9;
    x.max_per_key = 4;
    x.rate_per_second = 0.5;
    x.batch = {.most = 3, .wait = 20ms};
    for (const remote_start& start :
         {remote_start{start_at::now}, remote_start{start_at::beginning}, remote_start{position{7}},
          remote_start{from_micros(1'800'000'000'123'456)}}) {
      x.start = start;
      auto back = remote_consumer_from_json("billing", to_json(x));
      REQUIRE(back.has_value());
      CHECK((*back == x));
    }
    auto all_defaults = remote_consumer_from_json("a", "{}");
    REQUIRE(all_defaults.has_value());
    remote_consumer expected;
    expected.name = "a";
    CHECK((*all_defaults == expected));
  }

  TEST_CASE("what cannot work is refused with its field") {
    for (const auto& [json, field] : std::vector<std::pair<std::string, std::string>>{
           {R"({"types":[]})", "types"},
           {R"({"filter":7})", "filter"},
           {R"({"filter":{"data.a":{"$gt":true}}})", "filter/data.a/$gt"},
           {R"({"types":"order.*"})", "types"},
           {R"({"types":["*.x"]})", "types"},
           {R"({"types":[1]})", "types"},
           {R"({"companyId":""})", "companyId"},
           {R"({"order":"sometimes"})", "order"},
           {R"({"key":"customer"})", "key"},
           {R"({"key":""})", "key"},
           {R"({"key":"/a~2b"})", "key"},
           {R"({"start":-1})", "start"},
           {R"({"start":"yesterday"})", "start"},
           {R"({"start":1.5})", "start"},
           {R"({"maxAttempts":0})", "maxAttempts"},
           {R"({"retrySchedule":[]})", "retrySchedule"},
           {R"({"retrySchedule":[90000000]})", "retrySchedule"},
           {R"({"retrySchedule":["1"]})", "retrySchedule"},
           {R"({"ackTimeoutMs":99})", "ackTimeoutMs"},
           {R"({"maxInFlight":0})", "maxInFlight"},
           {R"({"maxInFlight":10001})", "maxInFlight"},
           {R"({"order":"per_key","maxPerKey":0})", "maxPerKey"},
           {R"({"order":"per_key","maxPerKey":65})", "maxPerKey"},
           {R"({"order":"none","maxPerKey":2})", "maxPerKey"},
           {R"({"order":"total","maxPerKey":2})", "maxPerKey"},
           {R"({"ratePerSecond":0})", "ratePerSecond"},
           {R"({"ratePerSecond":"fast"})", "ratePerSecond"},
           {R"({"batch":{"max":0}})", "batch.max"},
           {R"({"batch":{"waitMs":1001}})", "batch.waitMs"},
           {R"({"batch":{"size":1}})", "batch.size"},
           {R"({"colour":"red"})", "colour"}}) {
      CAPTURE(json);
      auto x = remote_consumer_from_json("a", json);
      REQUIRE(!x.has_value());
      CHECK(x.error().code == ec::invalid_argument);
      CHECK(x.error().field == field);
    }
    CHECK(remote_consumer_from_json("a", "[]").error().code == ec::malformed_json);
    for (const char* name : {"", "A", "1a", "webhook.3", "carillon.x", "a b"}) {
      CAPTURE(name);
      CHECK(remote_consumer_from_json(name, "{}").error().field == "name");
    }
  }

  TEST_CASE("a change may not move the meaning of the cursor") {
    remote_consumer before;
    before.name = "a";
    auto changed = [&](auto change) {
      auto after = before;
      change(after);
      return std::string{fixed_field_changed(before, after)};
    };
    CHECK(changed([](auto& x) { x.types = {*type_pattern::parse("a.*")}; }) == "types");
    CHECK(changed([](auto& x) { x.company_id = "c"; }) == "companyId");
    CHECK(changed([](auto& x) { x.order = delivery_order::total; }) == "order");
    CHECK(changed([](auto& x) { x.key = "user"; }) == "key");
    CHECK(changed([](auto& x) { x.start = position{1}; }) == "start");
    CHECK(changed([](auto& x) {
            x.max_attempts = 9;
            x.retry_schedule = {1ms};
            x.ack_timeout = 1min;
            x.max_in_flight = 1;
            x.max_per_key = 2;
            x.rate_per_second = 1.0;
            x.batch.most = 1;
          }).empty());
  }

  TEST_CASE("the key of an event is within its company") {
    remote_consumer x;
    auto e = test::make_event(1, "c-1");
    e->user_id = "u-1";
    e->data = R"({"order":{"id":"o-1"},"n":7,"deep":{"a/b":[1,2]}})";
    auto key = [&](const std::string& by) {
      x.key = by;
      return order_key_of(x, *e);
    };
    CHECK(key("company") == "c-1");
    CHECK(key("user") == "c-1\nu-1");
    CHECK(key("/order/id") == "c-1\no-1");
    CHECK(key("/n") == "c-1\n7");
    CHECK(key("/deep/a~1b/1") == "c-1\n2");
    CHECK(key("/order") == "c-1\n{\"id\":\"o-1\"}");
    CHECK(key("/missing") == "c-1\n");
    CHECK(key("/order/id")
          != order_key_of(
            x, *[&] {
              auto other = test::make_event(2, "c-2");
              other->data = e->data;
              return other;
            }()));
  }

  TEST_CASE("the consumers of a key") {
    CHECK(is_consumer_list(""));
    CHECK(is_consumer_list("billing"));
    CHECK(is_consumer_list("billing,mail.*,x"));
    for (const char* x : {",", "a,", ",a", "a,,b", "A", "a b", "a*b", "a.**"})
      CHECK_MESSAGE(!is_consumer_list(x), x);
    for (const auto* x :
         {"queue/thumbs", "queue/thumbs,billing", "queue/*", "*", "mail.*,queue/a-*"})
      CHECK(is_consumer_list(x));
    for (const auto* x : {"queue/", "queue//a", "queue/a/b", "other/a", "queue/A"})
      CHECK(!is_consumer_list(x));
    CHECK(lists_queue("", "thumbs"));
    CHECK(lists_queue("*", "thumbs"));
    CHECK(lists_queue("billing,queue/thumbs", "thumbs"));
    CHECK(lists_queue("queue/th*", "thumbs"));
    CHECK(!lists_queue("queue/thumbs", "thumbs2"));
    // A consumer's name gives no queue, and the other way round.
    CHECK(!lists_queue("thumbs,th*,q*,queue*", "thumbs"));
    CHECK(!lists_consumer("queue/billing,queue/*", "billing"));
    CHECK(lists_consumer("", "anything"));
    CHECK(lists_consumer("billing,mail.*", "billing"));
    CHECK(lists_consumer("billing,mail.*", "mail.orders"));
    CHECK(!lists_consumer("billing,mail.*", "mail"));
    CHECK(!lists_consumer("billing,mail.*", "billing2"));
  }

  TEST_CASE("a pattern means companies' consumers only if it says so") {
    for (const auto* x : {"companies/mail.*", "companies/billing,queue/a", "companies/*"})
      CHECK(is_consumer_list(x));
    for (const auto* x : {"companies/", "companies/queue/a", "queue/companies/a", "companies//a"})
      CHECK(!is_consumer_list(x));
    const std::string whole = "mail.0123456789ab";
    for (const auto& list : {std::string{}, std::string{"*"}, whole,
                             std::string{"companies/mail.*"}, std::string{"x,companies/*"}}) {
      CAPTURE(list);
      CHECK(lists_consumer(list, whole));
      CHECK(lists_company_consumer(list, whole));
    }
    for (const auto* list : {"mail.*", "m*", "mail", "companies/m", "queue/*", "companies/billing"})
      CHECK(!lists_company_consumer(list, whole));
    CHECK(lists_consumer("mail.*", whole));
    CHECK(lists_consumer("companies/mail.*", "mail.orders"));
    CHECK(!lists_queue("companies/*", "thumbs"));
  }
}
