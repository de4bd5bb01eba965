#include "tests/net/admin/admin_fixture.hpp"

#include <thread>

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_events") {

  TEST_CASE("a list is paged to its end without gap or duplicate, in both orders") {
    admin_fixture f;
    f.add_events(250);
    for (const std::string order : {"asc", "desc"}) {
      CAPTURE(order);
      std::vector<int64_t> seen;
      std::string cursor;
      size_t pages = 0;
      do {
        auto page = f.get("/api/events?order=" + order
                          + (cursor.empty() ? "" : "&limit=100&cursor=" + cursor));
        REQUIRE(page.status == 200);
        for (size_t i = 0; i < page.size("/events"); ++i)
          seen.push_back(page.number(("/events/" + std::to_string(i) + "/seq").c_str()));
        cursor = page.text("/nextCursor");
        CHECK((cursor.empty() ? page.is_null("/nextCursor") : page.size("/events") == 100));
      } while (!cursor.empty() && ++pages < 10);
      REQUIRE(seen.size() == 250);
      for (size_t i = 0; i < seen.size(); ++i)
        CHECK(seen[i] == static_cast<int64_t>(order == "asc" ? i + 1 : 250 - i));
    }
  }

  TEST_CASE("every condition of a query reaches the log") {
    admin_fixture f;
    auto answer = f.get("/api/events?types=order.*,user.login&companyId=A&userId=u%20%2B1"
                        "&correlationId=c&startDate=2026-11-01&endDate=2026-11-23T01:02:03%2B01:00"
                        "&order=asc&limit=7");
    CHECK(answer.status == 200);
    const auto& asked = f.data.query;
    REQUIRE(asked.filter.types.size() == 2);
    CHECK(asked.filter.types[0].text() == "order.*");
    CHECK(asked.filter.company_id == "A");
    CHECK(asked.filter.user_id == "u +1");
    CHECK(asked.filter.correlation_id == "c");
    CHECK(asked.filter.from == from_date_or_time("2026-11-01"));
    CHECK(asked.filter.to == from_rfc3339("2026-11-23T00:02:03Z"));
    CHECK(asked.order == sort_order::ascending);
    CHECK(asked.limit == 7);
  }

  TEST_CASE("a bad parameter is refused by its name") {
    admin_fixture f;
    struct entry {
      const char* query;
      const char* field;
    };
    for (const auto& x :
         {entry{"limit=0", "limit"}, entry{"limit=1001", "limit"}, entry{"limit=-1", "limit"},
          entry{"limit=1e2", "limit"}, entry{"limit=18446744073709551617", "limit"},
          entry{"order=up", "order"}, entry{"types=Order", "types"},
          entry{"types=a.b,,c.d", "types"}, entry{"startDate=yesterday", "startDate"},
          entry{"endDate=2026-13-01", "endDate"},
          entry{"startDate=2026-02-02&endDate=2026-02-01", "endDate"},
          entry{"cursor=abc", "cursor"}, entry{"cursor=AAAAAAAAAAAAAAAAAAAAAAAA", "cursor"},
          entry{"userId=", "userId"}, entry{"companyId=A&companyId=B", "companyId"},
          entry{"company=A", "company"}, entry{"source=/x", "source"}}) {
      CAPTURE(x.query);
      auto refused = f.get(std::string{"/api/events?"} + x.query);
      CHECK(refused.status == 400);
      CHECK(refused.code() == "invalid_argument");
      CHECK(refused.text("/field") == x.field);
    }
    for (const auto* query :
         {"userId=%00", "userId=%0a", "userId=%zz", "userId=%f", "userId=%ff", "=x"})
      CHECK(f.get(std::string{"/api/events?"} + query).status == 400);
  }

  TEST_CASE("a cursor is good for its own list only") {
    admin_fixture f;
    f.add_events(10);
    auto cursor = f.get("/api/events?limit=2&companyId=A").text("/nextCursor");
    REQUIRE(!cursor.empty());
    // The size of a page may change on the way.
    CHECK(f.get("/api/events?companyId=A&limit=3&cursor=" + cursor).status == 200);
    for (const auto* query :
         {"?limit=2", "?limit=2&companyId=B", "?limit=2&companyId=A&order=asc"}) {
      auto refused = f.get(std::string{"/api/events"} + query + "&cursor=" + cursor);
      CHECK(refused.status == 400);
      CHECK(refused.text("/field") == "cursor");
    }
    CHECK(f.get("/api/audit?companyId=A&cursor=" + cursor).status == 400);
  }

  TEST_CASE("a list goes on after a position, until it has a cursor") {
    admin_fixture f;
    f.add_events(9);
    auto first = f.get("/api/events?order=asc&after=4&limit=2");
    CHECK(first.number("/events/0/seq") == 5);
    CHECK(f.get("/api/events?order=asc&after=9").size("/events") == 0);
    auto second = f.get("/api/events?order=asc&after=4&cursor=" + first.text("/nextCursor"));
    CHECK(second.number("/events/0/seq") == 7);
    CHECK(f.get("/api/events?after=x").text("/field") == "after");
  }

  TEST_CASE("a reader of a former history goes on where it and the log part") {
    admin_fixture f;
    f.add_events(9);
    const std::string path = "/api/events?order=asc&limit=2&after=";
    const auto common = f.get(path + "old0123456789abc.4");
    CHECK(common.text("/history") == "new0123456789abc");
    CHECK(common.number("/events/0/seq") == 5);
    CHECK(common.body.find("\"gap\"") == std::string::npos);
    // It has seen more, even more than the log has.
    const auto behind = f.get(path + "old0123456789abc.20");
    CHECK(behind.number("/events/0/seq") == 5);
    CHECK(behind.number("/gap/from") == 5);
    CHECK(behind.number("/gap/to") == 20);
    CHECK(behind.number("/gap/after") == 4);
    // The pages behind it.
    const auto next = f.get(path + "old0123456789abc.20&cursor=" + behind.text("/nextCursor"));
    CHECK(next.number("/events/0/seq") == 7);
    CHECK(f.get(path + "new0123456789abc.8").number("/events/0/seq") == 9);
    CHECK(f.get(path + "1.5").status == 400);
  }

  TEST_CASE("a page of large events ends early and goes on after its last one") {
    admin_fixture f;
    for (position i = 1; i <= 60; ++i) {
      auto large = test::make_event(i, "A");
      large->data = R"({"x":")" + std::string(250'000, 'x') + "\"}";
      f.data.events.push_back(large);
    }
    auto first = f.get("/api/events?order=asc&limit=60");
    CHECK(first.status == 200);
    CHECK(first.body.size() < 9'000'000);
    auto n = first.size("/events");
    CHECK(n > 30);
    CHECK(n < 60);
    auto second = f.get("/api/events?order=asc&limit=60&cursor=" + first.text("/nextCursor"));
    CHECK(second.number("/events/0/seq") == static_cast<int64_t>(n + 1));
    CHECK(second.size("/events") == 60 - n);
    CHECK(second.is_null("/nextCursor"));
  }

  TEST_CASE("an event is found by position, by id, and by id and source") {
    admin_fixture f;
    f.add_events(3);
    auto other = test::make_event(4, "A");
    other->id = "e-1";
    other->source = "/other";
    auto odd = test::make_event(5, "A");
    odd->id = "a/b c?d";
    f.data.events.push_back(other);
    f.data.events.push_back(odd);
    CHECK(f.get("/api/events/2").text("/id") == "e-2");
    CHECK(f.get("/api/events/e-3").number("/seq") == 3);
    CHECK(f.get("/api/events/e-1").number("/seq") == 1);
    CHECK(f.get("/api/events/e-1?source=/other").number("/seq") == 4);
    CHECK(f.get("/api/events/1?source=/other").status == 404);
    // An id that looks like a position is found by its source, and by the list; so is a route's
    // word.
    for (const auto* id : {"2", "stats", "types", "replay", "webhooks", "websocket"}) {
      CAPTURE(id);
      auto x = test::make_event(6, "A");
      x->id = id;
      x->source = "/shop";
      f.data.events.push_back(x);
      auto listed = f.get(std::string{"/api/events?id="} + id);
      CHECK(listed.size("/events") == 1);
      CHECK(listed.number("/events/0/seq") == 6);
      if (std::string_view{id} == "2")
        CHECK(f.get("/api/events/2?source=/shop").number("/seq") == 6);
      f.data.events.pop_back();
    }
    CHECK(f.get("/api/events/a%2Fb%20c%3Fd").number("/seq") == 5);
    for (const auto* path :
         {"/api/events/0", "/api/events/99", "/api/events/nothing",
          "/api/events/99999999999999999999999", "/api/events/e-1?source=/none"}) {
      CAPTURE(path);
      auto absent = f.get(path);
      CHECK(absent.status == 404);
      CHECK(absent.code() == "not_found");
    }
  }

  TEST_CASE("an event is shown as CloudEvent on request") {
    admin_fixture f;
    f.add_events(1);
    auto cloud = f.send("GET", "/api/events/1", f.reader, {},
                        {{"Accept", "application/cloudevents+json, application/json;q=0.5"}});
    CHECK(cloud.status == 200);
    CHECK(cloud.field("Content-Type") == "application/cloudevents+json");
    CHECK(cloud.text("/specversion") == "1.0");
    CHECK(cloud.text("/id") == "e-1");
    CHECK(f.get("/api/events/1").text("/specversion").empty());
    for (const auto* accept :
         {"Application/CloudEvents+JSON", "text/html, application/cloudevents+json",
          "application/json;q=0.2, application/cloudevents+json;q=0.3"})
      CHECK_MESSAGE(
        f.send("GET", "/api/events/1", f.reader, {}, {{"Accept", accept}}).text("/specversion")
          == "1.0",
        accept);
    for (const auto* accept : {"*/*", "application/*", "application/cloudevents+json;q=0",
                               "text/html", "application/json, application/cloudevents+json;q=0.9"})
      CHECK_MESSAGE(f.send("GET", "/api/events/1", f.reader, {}, {{"Accept", accept}})
                      .text("/specversion")
                      .empty(),
                    accept);
  }

  TEST_CASE("an event is expanded by what each handler made of it") {
    admin_fixture f;
    f.add_events(9);
    auto add = [&](std::string name, position cursor) -> consumer_status& {
      f.data.consumers.emplace_back();
      f.data.consumers.back().name = std::move(name);
      f.data.consumers.back().cursor = cursor;
      return f.data.consumers.back();
    };
    add("behind", 4);
    add("dead", 9).dead_letters = 1;
    add("other", 9).dead_letters = 1;
    add("past", 9).retrying = 1;
    add("retries", 9).retrying = 1;
    f.data.retries["retries"].push_back({.seq = 5});
    f.data.retries["past"].push_back({.seq = 5, .replay_id = 2});
    f.data.letters.push_back({.id = 1, .consumer = "dead", .seq = 5, .company_id = "A"});
    auto shown = f.get("/api/events/5?expand=handlers");
    REQUIRE(shown.status == 200);
    CHECK(shown.number("/seq") == 5);
    REQUIRE(shown.size("/handlers") == 5);
    CHECK(shown.text("/handlers/0/name") == "behind");
    CHECK(shown.text("/handlers/0/state") == "pending");
    CHECK(shown.text("/handlers/1/state") == "dead");
    CHECK(shown.text("/handlers/3/state") == "done");
    CHECK(shown.text("/handlers/4/state") == "retrying");
    for (const auto* expand : {"webhooks", "handlers,x", "handlers,", ","})
      CHECK(f.get(std::string{"/api/events/5?expand="} + expand).text("/field") == "expand");
  }

  TEST_CASE("a caller waits until an event is handled, for as long as it says") {
    admin_fixture f;
    f.add_events(9);
    f.data.consumers.emplace_back();
    f.data.consumers.back().name = "behind";
    f.data.consumers.back().cursor = 4;
    auto pending = f.get("/api/events/5?until=handled&timeoutMs=30");
    CHECK(pending.status == 504);
    CHECK(pending.text("/code") == "timeout");
    CHECK(pending.text("/detail").find("'behind'") != std::string::npos);
    CHECK(f.get("/api/events/4?until=handled&timeoutMs=30").number("/seq") == 4);
    // It arrives while a request waits.
    std::thread later{[&] {
      auto guard = f.lock();
      f.data.consumers.back().cursor = 5;
    }};
    CHECK(
      f.get("/api/events/5?until=handled&timeoutMs=5000&expand=handlers").text("/handlers/0/state")
      == "done");
    later.join();
    CHECK(f.get("/api/events/5?until=read").text("/field") == "until");
    CHECK(f.get("/api/events/5?until=handled&timeoutMs=10001").text("/field") == "timeoutMs");
    CHECK(f.get("/api/events/99?until=handled&timeoutMs=0").status == 404);
  }

  TEST_CASE("limits show what a company holds, and to a company nothing of others") {
    admin_fixture f;
    auto sessions = f.stats->bounds.add("sessions", "sessions", 10);
    CHECK(sessions->take("A", 2) == share_verdict::granted);
    CHECK(sessions->take("B", 3) == share_verdict::granted);
    CHECK(sessions->take("B", 9) == share_verdict::over_share);
    auto all = f.get("/api/limits?companyId=A");
    REQUIRE(all.size("/limits") == 1);
    CHECK(all.text("/limits/0/name") == "sessions");
    CHECK(all.number("/limits/0/capacity") == 10);
    CHECK(all.number("/limits/0/used") == 5);
    CHECK(all.number("/limits/0/own") == 2);
    CHECK(all.number("/limits/0/companies") == 2);
    CHECK(all.number("/limits/0/refusedOverShare") == 1);
    auto metrics = f.get("/metrics").body;
    CHECK(metrics.find("carillon_limit_used{limit=\"sessions\"} 5") != std::string::npos);
  }
}
