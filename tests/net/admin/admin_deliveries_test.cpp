#include "tests/net/admin/admin_fixture.hpp"

using namespace carillon;
using carillon::test::admin_answer;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_deliveries") {

  namespace {

  constexpr const char* list_path = "/api/events/webhooks/1/deliveries";

  std::string id_at(const admin_answer& x, const std::string& list, size_t i) {
    return x.text(('/' + list + '/' + std::to_string(i) + "/id").c_str());
  }

  } // namespace

  TEST_CASE("deliveries are paged to the end without gap or duplicate, those of replays included") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    std::vector<std::string> expected_ids;
    for (position seq = 12; seq >= 1; --seq)
      for (uint64_t replay : {9U, 2U, 0U}) {
        test::add_delivery(f.data, {1, seq, replay}, "A");
        test::add_delivery(f.data, {2, seq, replay}, "A");
        expected_ids.push_back(to_text(webhook_delivery_key{1, seq, replay}));
      }
    for (size_t limit : {1U, 2U, 5U, 36U, 1'000U}) {
      CAPTURE(limit);
      std::vector<std::string> seen;
      std::string cursor;
      do {
        auto page = f.get(std::string{list_path} + "?limit=" + std::to_string(limit)
                          + (cursor.empty() ? "" : "&cursor=" + cursor));
        REQUIRE(page.status == 200);
        for (size_t i = 0; i < page.size("/deliveries"); ++i)
          seen.push_back(id_at(page, "deliveries", i));
        cursor = page.text("/nextCursor");
        CHECK((!cursor.empty() || page.is_null("/nextCursor")));
      } while (!cursor.empty() && seen.size() <= expected_ids.size());
      CHECK(seen == expected_ids);
    }
  }

  TEST_CASE("a delivery is listed in short") {
    admin_fixture f;
    test::add_webhook(f.data, 3, "A");
    auto& retrying = test::add_delivery(f.data, {3, 42}, "A").delivery;
    retrying.state = webhook_delivery_state::retrying;
    retrying.attempts = 2;
    retrying.last_status = 0;
    retrying.last_fault = http_fault::timeout;
    retrying.next_at = from_micros(9'000'000);
    test::add_delivery(f.data, {3, 41, 7}, "");
    auto page = f.send("GET", "/api/events/webhooks/3/deliveries", f.reader);
    CHECK(
      page.body
      == R"({"deliveries":[{"id":"3-42","webhookId":3,"seq":42,"replayId":null,"eventId":"e-42",)"
         R"("eventType":"order.created","companyId":"A","state":"retrying","attempts":2,)"
         R"("lastStatus":null,"lastFault":"timeout",)"
         R"("nextAttemptAt":"1970-01-01T00:00:09.000000Z",)"
         R"("createdAt":"1970-01-01T00:00:01.000000Z",)"
         R"("updatedAt":"1970-01-01T00:00:02.000000Z"},)"
         R"({"id":"3-41-7","webhookId":3,"seq":41,"replayId":7,"eventId":"e-41",)"
         R"("eventType":"order.created","companyId":null,"state":"delivered","attempts":1,)"
         R"("lastStatus":200,"lastFault":null,"nextAttemptAt":null,)"
         R"("createdAt":"1970-01-01T00:00:01.000000Z",)"
         R"("updatedAt":"1970-01-01T00:00:02.000000Z"}],"nextCursor":null})");
  }

  TEST_CASE("deliveries are narrowed down by state") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    test::add_delivery(f.data, {1, 1}, "A");
    test::add_delivery(f.data, {1, 2}, "A").delivery.state = webhook_delivery_state::failed;
    test::add_delivery(f.data, {1, 3}, "A").delivery.state = webhook_delivery_state::retrying;
    for (const std::string state : {"delivered", "failed", "retrying"}) {
      auto page = f.get(std::string{list_path} + "?state=" + state);
      REQUIRE(page.size("/deliveries") == 1);
      CHECK(page.text("/deliveries/0/state") == state);
    }
    CHECK(f.get(list_path).size("/deliveries") == 3);
  }

  TEST_CASE("a bad parameter of the list is refused by its name") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    test::add_webhook(f.data, 2, "A");
    for (position i = 1; i <= 3; ++i)
      test::add_delivery(f.data, {1, i}, "A");
    auto cursor = f.get(std::string{list_path} + "?limit=1").text("/nextCursor");
    REQUIRE(!cursor.empty());
    auto half = cursor.substr(0, cursor.find('.'));
    auto three = "cursor=" + cursor;
    three.append(".").append(half);
    struct entry {
      std::string query;
      const char* field;
    };
    for (const auto& x : std::vector<entry>{{"state=done", "state"},
                                            {"state=", "state"},
                                            {"state=Failed", "state"},
                                            {"limit=0", "limit"},
                                            {"limit=1001", "limit"},
                                            {"order=asc", "order"},
                                            {"cursor=", "cursor"},
                                            {"cursor=.", "cursor"},
                                            {"cursor=" + half, "cursor"},
                                            {"cursor=" + half + '.', "cursor"},
                                            {"cursor=." + half, "cursor"},
                                            {three, "cursor"},
                                            {"cursor=" + cursor + 'A', "cursor"},
                                            {"state=failed&cursor=" + cursor, "cursor"}}) {
      CAPTURE(x.query);
      auto refused = f.get(std::string{list_path} + '?' + x.query);
      CHECK(refused.status == 400);
      CHECK(refused.text("/field") == x.field);
    }
    // A cursor is valid only for its own webhook.
    auto other = f.get("/api/events/webhooks/2/deliveries?cursor=" + cursor);
    CHECK(other.status == 400);
    CHECK(other.text("/field") == "cursor");
    CHECK(f.get(std::string{list_path} + "?cursor=" + cursor).size("/deliveries") == 2);
  }

  TEST_CASE("a delivery is explained attempt by attempt") {
    admin_fixture f;
    auto& history = test::add_delivery(f.data, {3, 42}, "A");
    history.delivery.attempts = 2;
    history.delivery.state = webhook_delivery_state::retrying;
    history.delivery.last_status = 503;
    auto& first = history.attempts.front();
    auto fault = std::make_shared<http_response>();
    fault->fault = http_fault::timeout;
    fault->error = "no answer within 15 s";
    fault->remote_address = "192.0.2.1:443";
    fault->phases = {.dns_ms = 0.0, .connect_ms = 12.25, .total_ms = 15'000.0};
    first.response = fault;
    first.next_at = from_micros(61'000'000);
    first.next_reason = "schedule: 60 s after attempt 1";
    auto second = first;
    auto busy = std::make_shared<http_response>();
    busy->status = 503;
    busy->body = "a\xff"
                 "b\xc3\xa4\xe2\x82\"\n";
    busy->body.append("\0c", 2);
    second.number = 2;
    second.trigger = attempt_trigger::retry;
    second.response = busy;
    second.next_at = {};
    second.next_reason = "";
    history.attempts.push_back(second);
    auto shown = f.send("GET", "/api/events/deliveries/3-42", f.reader);
    REQUIRE(shown.status == 200);
    CHECK(shown.text("/id") == "3-42");
    CHECK(shown.text("/state") == "retrying");
    CHECK(shown.number("/lastStatus") == 503);
    REQUIRE(shown.size("/attempts") == 2);
    CHECK(shown.text("/attempts/0/outcome") == "timeout");
    CHECK(shown.text("/attempts/0/error") == "no answer within 15 s");
    CHECK(shown.text("/attempts/0/remoteAddress") == "192.0.2.1:443");
    CHECK(shown.is_null("/attempts/0/status"));
    CHECK(shown.body.find(R"("phases":{"dnsMs":0.0,"connectMs":12.25,"tlsMs":null,)"
                          R"("firstByteMs":null,"totalMs":15000.0})")
          != std::string::npos);
    CHECK(shown.text("/attempts/0/nextAttemptAt") == "1970-01-01T00:01:01.000000Z");
    CHECK(shown.text("/attempts/0/nextReason") == "schedule: 60 s after attempt 1");
    CHECK(shown.text("/attempts/1/trigger") == "retry");
    CHECK(shown.number("/attempts/1/number") == 2);
    CHECK(shown.number("/attempts/1/status") == 503);
    CHECK(shown.text("/attempts/1/outcome") == "slowed_down");
    CHECK(shown.is_null("/attempts/1/error"));
    CHECK(shown.is_null("/attempts/1/nextAttemptAt"));
    const auto* body = rapidjson::Pointer{"/attempts/1/responseBody"}.Get(shown.json);
    REQUIRE((body != nullptr && body->IsString()));
    // One replacement for each byte that is not part of a character.
    using namespace std::string_view_literals;
    CHECK(std::string_view{body->GetString(), body->GetStringLength()}
          == "a\xEF\xBF\xBD"
             "b\xc3\xa4\xEF\xBF\xBD\xEF\xBF\xBD\"\n\0c"sv);
  }

  TEST_CASE("a delivery is due again at once") {
    admin_fixture f;
    test::add_webhook(f.data, 3, "A");
    test::add_delivery(f.data, {3, 42, 7}, "A").delivery.state = webhook_delivery_state::failed;
    auto due = f.post("/api/events/deliveries/3-42-7/retry");
    CHECK(due.status == 202);
    CHECK(due.body == R"({"deliveryId":"3-42-7","dueAt":"1970-01-01T00:00:01.000000Z"})");
    REQUIRE(f.data.stamps.size() == 1);
    CHECK(f.data.stamps.front().who == "key:3");
    CHECK(f.get("/api/events/deliveries/3-42-7").text("/state") == "retrying");
  }

  TEST_CASE("what names no delivery is not found") {
    admin_fixture f;
    test::add_webhook(f.data, 3, "A");
    test::add_delivery(f.data, {3, 42}, "A");
    for (const std::string id :
         {"3", "3-43", "4-42", "3-42-0", "3-42-1", "03-42", "3-042", "3_42", "-", "3-", "-42",
          "3-42-", "3-42-1-1", "x", "0-42", "3-0", "3-18446744073709551617", "3%2042"}) {
      CAPTURE(id);
      CHECK(f.get("/api/events/deliveries/" + id).status == 404);
      CHECK(f.post("/api/events/deliveries/" + id + "/retry").status == 404);
    }
    CHECK(f.data.stamps.empty());
  }

  TEST_CASE("a bound key sees and repeats deliveries of its own webhooks only") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    test::add_webhook(f.data, 2, "B");
    test::add_webhook(f.data, 3, "");
    // The event is of A in each: the webhook's owner counts, who also sees the receiver's answer.
    for (uint64_t id : {1U, 2U, 3U, 4U})
      test::add_delivery(f.data, {id, 5}, "A");
    auto absent = f.send("GET", "/api/events/deliveries/77-5", f.admin_a);
    CHECK(absent.status == 404);
    auto not_retried = f.send("POST", "/api/events/deliveries/77-5/retry", f.admin_a);
    CHECK(not_retried.status == 404);
    // The webhook of the last one is deleted.
    for (const std::string id : {"2-5", "3-5", "4-5"}) {
      CAPTURE(id);
      auto hidden = f.send("GET", "/api/events/deliveries/" + id, f.admin_a);
      CHECK(hidden.status == 404);
      CHECK(hidden.body == absent.body);
      auto retried = f.send("POST", "/api/events/deliveries/" + id + "/retry", f.admin_a);
      CHECK(retried.status == 404);
      CHECK(retried.body == not_retried.body);
      CHECK(f.get("/api/events/deliveries/" + id).status == 200);
    }
    CHECK(f.data.stamps.empty());
    CHECK(f.send("GET", "/api/events/deliveries/1-5", f.reader_a).status == 200);
    CHECK(f.send("POST", "/api/events/deliveries/1-5/retry", f.admin_a).status == 202);
  }

  TEST_CASE("an event is expanded by its deliveries") {
    admin_fixture f;
    f.add_events(9);
    test::add_webhook(f.data, 1, "A");
    test::add_webhook(f.data, 2, "");
    for (const auto& key : {webhook_delivery_key{1, 5}, {2, 5}, {1, 5, 3}, {1, 7}})
      test::add_delivery(f.data, key, "A");
    auto shown = f.get("/api/events/5?expand=deliveries");
    REQUIRE(shown.status == 200);
    CHECK(shown.number("/seq") == 5);
    REQUIRE(shown.size("/deliveries") == 3);
    CHECK(id_at(shown, "deliveries", 0) == "2-5");
    CHECK(id_at(shown, "deliveries", 1) == "1-5-3");
    CHECK(id_at(shown, "deliveries", 2) == "1-5");
    CHECK(shown.number("/deliveries/2/attempts") == 1);
    CHECK(shown.size("/handlers") == 0);
    auto none = f.get("/api/events/e-9?expand=deliveries");
    CHECK(none.body.ends_with(R"(,"deliveries":[]})"));
    CHECK(f.get("/api/events/5").body.find("deliveries") == std::string::npos);
  }

  TEST_CASE("an event is expanded by several things at a time") {
    admin_fixture f;
    f.add_events(5);
    f.data.consumers.emplace_back().name = "audit";
    test::add_delivery(f.data, {1, 5}, "A");
    for (const std::string both : {"handlers,deliveries", "deliveries,handlers",
                                   "deliveries,handlers,deliveries", "handlers%2Cdeliveries"}) {
      CAPTURE(both);
      auto shown = f.get("/api/events/5?expand=" + both);
      REQUIRE(shown.status == 200);
      CHECK(shown.size("/handlers") == 1);
      CHECK(shown.size("/deliveries") == 1);
    }
    for (const std::string bad : {"deliveries,", ",deliveries", "deliveries,x", "Deliveries", ""})
      CHECK(f.get("/api/events/5?expand=" + bad).text("/field") == "expand");
    CHECK(f.send("GET", "/api/events/5?expand=deliveries", f.admin, {},
                 {{"Accept", "application/cloudevents+json"}})
            .text("/field")
          == "expand");
  }

  TEST_CASE("a bound key sees its own deliveries of an event, also behind those of many others") {
    admin_fixture f;
    f.add_events(5);
    test::add_webhook(f.data, 1, "A");
    test::add_delivery(f.data, {1, 5}, "A");
    test::add_delivery(f.data, {1, 5, 2}, "A");
    for (uint64_t id = 2; id <= 251; ++id) {
      test::add_webhook(f.data, id, id % 2 == 0 ? "" : "B");
      test::add_delivery(f.data, {id, 5}, "A");
    }
    auto own = f.send("GET", "/api/events/5?expand=deliveries", f.reader_a);
    REQUIRE(own.size("/deliveries") == 2);
    CHECK(id_at(own, "deliveries", 0) == "1-5-2");
    CHECK(id_at(own, "deliveries", 1) == "1-5");
    CHECK(f.data.delivery_pages == 3);
    CHECK(f.data.deliveries_asked.company_id == "A");
    // All of them, the newest hundred.
    auto all = f.get("/api/events/5?expand=deliveries");
    CHECK(all.size("/deliveries") == 100);
    CHECK(id_at(all, "deliveries", 0) == "251-5");
    CHECK(id_at(all, "deliveries", 99) == "152-5");
    CHECK(f.data.delivery_pages == 4);
  }
}
