#include "messages/access/event_digest.hpp"
#include "tests/net/admin/admin_fixture.hpp"

#include <algorithm>

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_state") {

  TEST_CASE("stats are one object of counts, or a series of buckets") {
    admin_fixture f;
    f.data.stats.rows = {{from_micros(0), {{"order.created", 45}, {"user.login", 2}}}};
    auto plain = f.get("/api/events/stats?companyId=A&startDate=2026-01-01&endDate=2026-02-01");
    CHECK(plain.status == 200);
    CHECK(plain.body == R"({"order.created":45,"user.login":2})");
    CHECK(f.data.stats_asked.company_id == "A");
    CHECK(f.data.stats_asked.from == from_date_or_time("2026-01-01"));
    CHECK(f.data.stats_asked.to == from_date_or_time("2026-02-01"));
    f.data.stats.rows.push_back({from_micros(3'600'000'000), {{"order.created", 1}}});
    auto series = f.get("/api/events/stats?bucket=hour");
    CHECK(f.data.stats_asked.bucket == stats_bucket::hour);
    CHECK(series.size("/buckets") == 2);
    CHECK(series.text("/buckets/1/begin") == "1970-01-01T01:00:00.000000Z");
    CHECK(series.number("/buckets/1/counts/order.created") == 1);
    f.data.stats.rows.clear();
    CHECK(f.get("/api/events/stats").body == "{}");
  }

  TEST_CASE("stats refuse a series that is too long and a bucket that is none") {
    admin_fixture f;
    auto longer = "/api/events/stats?startDate=2020-01-01&endDate=2026-01-01&bucket=";
    CHECK(f.get(std::string{longer} + "hour").text("/field") == "startDate");
    CHECK(f.get(std::string{longer} + "day").status == 200);
    CHECK(f.get("/api/events/stats?bucket=week").text("/field") == "bucket");
    f.data.stats.rows.resize(10'001);
    CHECK(f.get("/api/events/stats?bucket=hour").status == 400);
  }

  TEST_CASE("metrics are listed, and a full page goes on at the next bucket") {
    admin_fixture f;
    for (int64_t hour = 0; hour < 30; ++hour)
      for (int i = 0; i < 500; ++i)
        f.data.metrics.push_back(
          {from_micros(hour * 3'600'000'000), "order.created", "c" + std::to_string(i), 3});
    auto first = f.get("/api/metrics");
    CHECK(first.size("/metrics") == 9'500);
    CHECK(first.number("/metrics/0/count") == 3);
    CHECK(first.text("/metrics/0/companyId") == "c0");
    auto second = f.get("/api/metrics?cursor=" + first.text("/nextCursor"));
    CHECK(second.size("/metrics") == 5'500);
    CHECK(second.text("/metrics/0/begin") == "1970-01-01T19:00:00.000000Z");
    CHECK(second.is_null("/nextCursor"));
    f.get("/api/metrics?bucket=day&type=order.created&companyId=c1");
    CHECK(f.data.metrics_asked.by_day);
    CHECK(f.data.metrics_asked.type == "order.created");
    for (auto& row : f.data.metrics)
      row.begin = from_micros(0);
    CHECK(f.get("/api/metrics").status == 400);
  }

  TEST_CASE("consumers are listed, shown, paused and resumed") {
    admin_fixture f;
    consumer_status x;
    x.name = "audit";
    x.cursor = 41;
    x.lag = 7;
    x.lag_seconds = 1.5;
    x.retrying = 2;
    x.dead_letters = 3;
    x.last_error = "broken \xff text";
    f.data.consumers = {x, {.name = "metrics"}};
    auto all = f.get("/api/consumers");
    CHECK(all.size("/consumers") == 2);
    CHECK(all.is_null("/nextCursor"));
    CHECK(all.number("/consumers/0/cursor") == 41);
    CHECK(all.number("/consumers/0/lag") == 7);
    CHECK(all.number("/consumers/0/deadLetters") == 3);
    CHECK(all.text("/consumers/0/lastError") == "broken \xef\xbf\xbd text");
    CHECK(all.is_null("/consumers/1/lastError"));
    CHECK(f.get("/api/consumers/metrics").text("/name") == "metrics");
    CHECK(f.get("/api/consumers/none").status == 404);
    CHECK(f.post("/api/consumers/audit/pause").body.find(R"("paused":true)") != std::string::npos);
    CHECK(f.post("/api/consumers/audit/resume", "{}").body.find(R"("paused":false)")
          != std::string::npos);
    CHECK(f.post("/api/consumers/none/pause").status == 404);
    CHECK(f.post("/api/consumers/No%20Name/pause").status == 404);
    CHECK(f.post("/api/consumers/audit/pause", R"({"for":1})").text("/field") == "for");
    CHECK(f.post("/api/consumers/audit/stop").status == 404);
  }

  TEST_CASE("dead letters are listed by consumer and resolved once") {
    admin_fixture f;
    for (uint64_t i = 1; i <= 5; ++i)
      f.data.letters.push_back({.id = i,
                                .consumer = "audit",
                                .seq = i,
                                .event_id = "e",
                                .event_type = "order.created",
                                .company_id = "A",
                                .attempts = 5,
                                .last_error = "no"});
    auto page = f.get("/api/dead-letters?consumer=audit&limit=2");
    CHECK(f.data.list_asked.name == "audit");
    CHECK(page.size("/deadLetters") == 2);
    CHECK(page.number("/deadLetters/0/id") == 5);
    CHECK(page.is_null("/deadLetters/0/replayId"));
    auto rest = f.get("/api/dead-letters?consumer=audit&cursor=" + page.text("/nextCursor"));
    CHECK(rest.number("/deadLetters/0/id") == 3);
    CHECK(rest.is_null("/nextCursor"));
    CHECK(f.post("/api/dead-letters/3/retry").number("/seq") == 3);
    CHECK(f.post("/api/dead-letters/3/retry").status == 404);
    CHECK(f.post("/api/dead-letters/4/discard").status == 200);
    CHECK(f.post("/api/dead-letters/x/retry").status == 404);
    CHECK(f.data.letters.size() == 3);
  }

  namespace {

  void add_letters(admin_fixture& f, uint64_t count) {
    for (uint64_t i = 1; i <= count; ++i)
      f.data.letters.push_back({.id = i,
                                .consumer = i % 2 == 1 ? "audit" : "mails",
                                .seq = i,
                                .event_id = "e",
                                .event_type = "order.created",
                                .company_id = i <= 4 ? "A" : "B",
                                .attempts = 5,
                                .last_error = "no"});
  }

  constexpr const char* retry_letters = "/api/dead-letters/retry";
  constexpr const char* discard_letters = "/api/dead-letters/discard";

  } // namespace

  TEST_CASE("many dead letters are settled by one call, each with its operator") {
    admin_fixture f;
    add_letters(f, 10);
    CHECK(f.post(retry_letters, R"({"consumer":"audit","companyId":"A"})").body
          == R"({"retried":2,"more":false,"upTo":3})");
    CHECK(f.data.letters.size() == 8);
    REQUIRE(f.data.stamps.size() == 2);
    CHECK(f.data.stamps[0].who.starts_with("key:"));
    // Those that are gone, and those that are named twice, are no fault.
    CHECK(f.post(discard_letters, R"({"ids":[2,2,1,77]})").body
          == R"({"discarded":1,"more":false,"upTo":null})");
    // What was given up later is left.
    CHECK(f.post(discard_letters, R"({"companyId":"B","upTo":7})").body
          == R"({"discarded":3,"more":false,"upTo":7})");
    CHECK(f.post(retry_letters, "{}").body == R"({"retried":4,"more":false,"upTo":10})");
    CHECK(f.post(retry_letters, "{}").body == R"({"retried":0,"more":false,"upTo":null})");
    CHECK(f.data.letters.empty());
  }

  TEST_CASE("a call settles a thousand dead letters at most, and says that there are more") {
    admin_fixture f;
    add_letters(f, 1'005);
    CHECK(f.post(retry_letters, "{}").body == R"({"retried":1000,"more":true,"upTo":1005})");
    CHECK(f.post(retry_letters, R"({"upTo":1005})").body
          == R"({"retried":5,"more":false,"upTo":1005})");
  }

  TEST_CASE("a fault among dead letters ends the call, which tells what it did") {
    admin_fixture f;
    add_letters(f, 5);
    f.data.letter_fault = 3;
    CHECK(f.post(retry_letters, "{}").body == R"({"retried":2,"more":true,"upTo":5})");
    CHECK(f.post(retry_letters, R"({"ids":[3,4]})").status == 503);
    CHECK(f.post(retry_letters, "{}").status == 503);
    CHECK(f.data.letters.size() == 3);
  }

  TEST_CASE("a choice of dead letters that is none settles none") {
    admin_fixture f;
    add_letters(f, 3);
    const auto field = [&](const std::string& body, const char* path) {
      const auto refused = f.post(path, body);
      CHECK_MESSAGE(refused.status == 400, refused.body);
      return refused.text("/field");
    };
    std::string many = "[0";
    for (int i = 1; i <= 1'000; ++i)
      many += "," + std::to_string(i);
    for (const auto* path : {retry_letters, discard_letters}) {
      CHECK(field(R"({"ids":[]})", path) == "ids");
      CHECK(field(R"({"ids":1})", path) == "ids");
      CHECK(field(R"({"ids":["1"]})", path) == "ids");
      CHECK(field(R"({"ids":[-1]})", path) == "ids");
      CHECK(field(R"({"ids":[1.5]})", path) == "ids");
      CHECK(field(R"({"ids":)" + many + "]}", path) == "ids");
      CHECK(field(R"({"ids":[1],"consumer":"audit"})", path) == "ids");
      CHECK(field(R"({"ids":[1],"upTo":2})", path) == "ids");
      CHECK(field(R"({"consumer":""})", path) == "consumer");
      CHECK(field(R"({"consumer":"a","upTo":-1})", path) == "upTo");
      CHECK(field(R"({"companyId":")" + std::string(129, 'x') + "\"}", path) == "companyId");
      CHECK(field(R"({"consumer":"audit","state":"dead"})", path) == "state");
      CHECK(f.post(path, "[]").status == 400);
      CHECK(f.post(path).status >= 400);
      CHECK(f.send("POST", path, f.reader, R"({"consumer":"audit"})").status == 403);
    }
    // Nobody discards everything by an empty body, nor by a bound alone.
    CHECK(field("{}", discard_letters) == "consumer");
    CHECK(field(R"({"upTo":3})", discard_letters) == "consumer");
    CHECK(f.data.letters.size() == 3);
  }

  TEST_CASE("audit rows are listed, also one that somebody tampered with") {
    admin_fixture f;
    for (uint64_t i = 1; i <= 3; ++i) {
      audit_row row{.number = i, .entry = {.action = "key.created"}, .hash = "00"};
      row.entry.detail = i == 2 ? "{\"broken" : R"({"n":1})";
      f.data.audit.push_back(row);
    }
    auto page = f.get("/api/audit?action=key.created&order=asc&limit=2");
    CHECK(f.data.list_asked.name == "key.created");
    CHECK(f.data.list_asked.ascending);
    CHECK(page.number("/audit/0/detail/n") == 1);
    CHECK(page.text("/audit/1/detail") == "{\"broken");
    auto rest = f.get("/api/audit?action=key.created&order=asc&cursor=" + page.text("/nextCursor"));
    CHECK(rest.number("/audit/0/number") == 3);
  }

  TEST_CASE("the audit chain is verified segment by segment") {
    admin_fixture f;
    f.data.audit.resize(95);
    auto good = f.get("/api/audit/verify");
    CHECK(good.is_true("/valid"));
    CHECK(good.number("/checked") == 95);
    CHECK(good.is_null("/firstBad"));
    CHECK(good.is_null("/firstBadEvent"));
    CHECK(good.is_null("/reason"));
    CHECK(good.text("/head") == "95:" + std::string(64, 'a'));
    CHECK(f.data.verify_calls == 10);
    f.data.first_bad = 42;
    auto bad = f.get("/api/audit/verify");
    CHECK(bad.body.find(R"({"valid":false,"checked":42,"firstBad":42)") == 0);
    CHECK(bad.is_null("/head"));
  }

  TEST_CASE("a long chain is verified in parts") {
    admin_fixture f;
    f.data.audit.resize(35);
    const auto mark
      = [](uint64_t number) { return std::to_string(number) + ':' + std::string(64, 'a'); };
    auto first = f.get("/api/audit/verify?limit=20");
    CHECK(first.is_true("/valid"));
    CHECK(first.number("/checked") == 20);
    CHECK(first.text("/next") == mark(20));
    CHECK(first.is_null("/head"));
    auto rest = f.get("/api/audit/verify?limit=20&after=" + first.text("/next"));
    CHECK(f.data.verify_asked.from == 31);
    CHECK(rest.is_true("/valid"));
    CHECK(rest.number("/checked") == 15);
    CHECK(rest.is_null("/next"));
    CHECK(rest.text("/head") == mark(35));
    // Its hash is what the next row has to continue.
    f.get("/api/audit/verify?limit=5&after=4:" + std::string(64, 'b'));
    CHECK(f.data.verify_asked.from == 5);
    CHECK(f.data.verify_asked.hash == std::string(64, 'b'));
    CHECK(f.data.verify_asked.limit == 5);
    f.data.first_bad = 22;
    auto bad = f.get("/api/audit/verify?limit=10&after=" + mark(20));
    CHECK_FALSE(bad.is_true("/valid"));
    CHECK(bad.number("/firstBad") == 22);
    CHECK(bad.is_null("/next"));
    for (const char* wrong : {"", "3", "3:zz", "9223372036854775807:", "18446744073709551615:"})
      CHECK(f.get(std::string{"/api/audit/verify?after="} + wrong
                  + (std::string_view{wrong}.size() > 5 ? std::string(64, 'a') : std::string{}))
              .text("/field")
            == "after");
    for (const char* wrong : {"0", "100001", "x"})
      CHECK(f.get(std::string{"/api/audit/verify?limit="} + wrong).text("/field") == "limit");
  }

  TEST_CASE("events are compared with what their audit rows say") {
    admin_fixture f;
    f.add_events(30);
    f.data.audit.resize(30);
    for (const auto& x : f.data.events)
      f.data.audited.push_back({x->seq, event_digest(*x)});
    CHECK(f.get("/api/audit/verify").is_true("/valid"));
    f.data.audited[17].digest = std::string(64, '0');
    auto found = f.get("/api/audit/verify");
    CHECK_FALSE(found.is_true("/valid"));
    CHECK(found.number("/firstBadEvent") == 18);
    CHECK(found.is_null("/firstBad"));
    CHECK_FALSE(found.text("/reason").empty());
  }

  TEST_CASE("a row that was noted elsewhere is asked for") {
    admin_fixture f;
    f.data.audit.resize(5);
    const auto mark = "3:" + std::string(64, 'b');
    CHECK(f.get("/api/audit/verify?expect=" + mark).status == 200);
    REQUIRE(f.data.verify_asked.expect);
    CHECK(to_text(*f.data.verify_asked.expect) == mark);
    for (const char* bad : {"", "3", "3:zz", "0:"})
      CHECK(f.get(std::string{"/api/audit/verify?expect="} + bad).text("/field") == "expect");
  }

  TEST_CASE("the audit log is filtered, and comes as lines") {
    admin_fixture f;
    for (uint64_t i = 1; i <= 3; ++i)
      f.data.audit.push_back(
        {.number = i, .entry = {.action = "a.b", .person = "alice"}, .hash = "00"});
    CHECK(f.get("/api/audit?actor=key:1&subject=key:2&origin=shop&startDate=2027-01-01&"
                "endDate=2027-02-01")
            .text("/audit/0/person")
          == "alice");
    const auto& asked = f.data.audit_asked;
    CHECK(asked.actor == "key:1");
    CHECK(asked.subject == "key:2");
    CHECK(asked.origin == "shop");
    CHECK(asked.from);
    CHECK(asked.to);
    auto lines = f.get("/api/audit?format=ndjson&order=asc&limit=2");
    CHECK(lines.field("Content-Type") == "application/x-ndjson");
    CHECK(std::count(lines.body.begin(), lines.body.end(), '\n') == 2);
    const auto cursor = lines.field("Carillon-Next-Cursor");
    CHECK_FALSE(cursor.empty());
    auto rest = f.get("/api/audit?format=ndjson&order=asc&limit=2&cursor=" + cursor);
    CHECK(rest.body.find(R"("number":3)") != std::string::npos);
    CHECK(rest.field("Carillon-Next-Cursor").empty());
    CHECK(f.get("/api/audit?format=csv").text("/field") == "format");
    CHECK(f.get("/api/audit?actor=" + std::string(513, 'x')).text("/field") == "actor");
  }

  TEST_CASE("who acts for somebody may say for whom, and it is on record as said") {
    admin_fixture f;
    auto pause = [&](const httplib::Headers& fields) {
      return f.send("POST", "/api/consumers/audit/pause", f.admin, {}, fields);
    };
    f.data.consumers.push_back({.name = "audit"});
    CHECK(pause({{"Carillon-Actor", "  alice@example.org "}}).status == 200);
    CHECK(f.data.stamps.back().person == "alice@example.org");
    CHECK(f.data.stamps.back().who.starts_with("key:"));
    CHECK(pause({{"carillon-actor", "Zo\xc3\xab"}}).status == 200);
    CHECK(f.data.stamps.back().person == "Zo\xc3\xab");
    CHECK(pause({}).status == 200);
    CHECK(f.data.stamps.back().person.empty());
    CHECK(pause({{"Carillon-Actor", std::string(129, 'x')}}).status == 400);
    CHECK(pause({{"Carillon-Actor", "\xff"}}).status == 400);
    CHECK(pause({{"Carillon-Actor", "a"}, {"Carillon-Actor", "b"}}).status == 400);
  }
}
