#include "tests/net/admin/admin_fixture.hpp"

#include <doctest/doctest.h>

#include <string>

// Schedules, and events that wait for their time.

namespace carillon::test {

TEST_SUITE("net/admin_schedules") {
  namespace {

  constexpr const char* report = "/api/schedules/report";
  constexpr const char* body
    = R"({"cron":"30 9 * * 1-5","timeZone":"Europe/Berlin","missed":"all",)"
      R"("event":{"type":"test.due","data":{},"companyId":"A"},"companyId":"A"})";
  constexpr const char* small = R"({"every":"15m","event":{"type":"test.due","data":{"n":1.10}}})";

  struct schedule_port : admin_fixture {
    schedule_port() {
      REQUIRE(types.add_schema("test.due", audience::none, R"({"type":"object"})").has_value());
    }
  };

  } // namespace

  TEST_CASE("a schedule is made, shown with what comes, paused and deleted") {
    schedule_port f;
    const auto made = f.put(report, small);
    REQUIRE_MESSAGE(made.status == 200, made.body);
    CHECK(made.text("/name") == "report");
    CHECK(made.is_null("/companyId"));
    CHECK(made.is_null("/cron"));
    CHECK(made.text("/every") == "15m");
    CHECK(made.text("/missed") == "once");
    CHECK(made.size("/next") == 10);
    CHECK(made.text("/event/type") == "test.due");
    // No digit is lost.
    CHECK(made.body.find("1.10") != std::string::npos);
    CHECK(f.data.stamps.back().who.starts_with("key:"));
    // An answer may be sent back.
    CHECK(f.put(report, f.get(report).body).status == 200);
    CHECK(f.post(std::string{report} + "/pause").is_true("/paused"));
    CHECK_FALSE(f.post(std::string{report} + "/resume").is_true("/paused"));
    const auto all = f.get("/api/schedules");
    CHECK(all.size("/schedules") == 1);
    CHECK(all.body.find("test.due") == std::string::npos);
    CHECK(f.remove(report).status == 204);
    CHECK(f.remove(report).status == 404);
    CHECK(f.get(report).status == 404);
    CHECK(f.post(std::string{report} + "/pause").status == 404);
  }

  TEST_CASE("a pattern has its zone") {
    schedule_port f;
    const auto made = f.put("/api/schedules/report?companyId=A", body);
    REQUIRE_MESSAGE(made.status == 200, made.body);
    CHECK(made.text("/timeZone") == "Europe/Berlin");
    CHECK(made.text("/companyId") == "A");
    CHECK(made.text("/missed") == "all");
    CHECK(f.data.schedules.at(0).definition.event.find("companyId") == std::string::npos);
  }

  TEST_CASE("bad schedules are refused with their field") {
    schedule_port f;
    const auto field = [&](const std::string& text, const char* path = report) {
      const auto answered = f.put(path, text);
      CHECK_MESSAGE(answered.status == 400, answered.body);
      return answered.text("/field");
    };
    const auto with = [](const std::string& timing) {
      return "{" + timing + R"(,"event":{"type":"test.due","data":{}}})";
    };
    CHECK(field(small, "/api/schedules/Report") == "name");
    CHECK(field(R"({"event":{"type":"test.due","data":{}}})") == "cron");
    CHECK(field(with(R"("every":"15m","at":"2099-01-01T00:00:00Z")")) == "cron");
    CHECK(field(with(R"("every":"15")")) == "every");
    CHECK(field(with(R"("every":"0s")")) == "every");
    CHECK(field(with(R"("every":900)")) == "every");
    CHECK(field(with(R"("at":"tomorrow")")) == "at");
    CHECK(field(with(R"("cron":"61 * * * *")")) == "cron");
    CHECK(field(with(R"("cron":"")")) == "cron");
    CHECK(field(with(R"("cron":"0 0 30 2 *")")) == "cron");
    CHECK(field(with(R"("cron":"* * * * *","timeZone":"Europe/Atlantis")")) == "timeZone");
    CHECK(field(with(R"("cron":"* * * * *","timeZone":"../../etc/passwd")")) == "timeZone");
    CHECK(field(with(R"("every":"1h","timeZone":"UTC")")) == "timeZone");
    CHECK(field(with(R"("every":"1h","missed":"never")")) == "missed");
    CHECK(field(with(R"("every":"1h","name":"other")")) == "name");
    CHECK(field(with(R"("every":"1h","jitter":5)")) == "jitter");
    CHECK(field(R"({"every":"1h"})") == "event");
    CHECK(field(R"({"every":"1h","event":[]})") == "event");
    CHECK(field(R"({"every":"1h","event":{"type":"Bad","data":{}}})") == "event.type");
    CHECK(field(R"({"every":"1h","event":{"type":"test.due","data":{},"id":"x"}})") == "event.id");
    CHECK(field(R"({"every":"1h","event":{"type":"test.due","data":{},"source":"/x"}})")
          == "event.source");
    CHECK(field(R"({"every":"1h","event":{"type":"test.due","data":{},"time":null}})")
          == "event.time");
    CHECK(field(R"({"every":"1h","event":{"type":"test.due","data":{},"companyId":"B"}})")
          == "companyId");
    CHECK(field(R"({"every":"1h","event":{"type":"test.due","data":{"a":1,"a":2}}})").empty());
    CHECK(f.data.schedules.empty());
  }

  TEST_CASE("a company's key makes, sees and deletes its own schedules only") {
    schedule_port f;
    const std::string of_b
      = R"({"every":"1h","event":{"type":"test.due","data":{}},"companyId":"B"})";
    REQUIRE(f.put(report, small).status == 200);
    REQUIRE(f.put("/api/schedules/other", of_b).status == 200);
    CHECK(f.send("PUT", report, f.admin_a, of_b).status == 403);
    CHECK(f.send("PUT", std::string{report} + "?companyId=B", f.admin_a, small).status == 403);
    CHECK(f.send("DELETE", report, f.admin_a).status == 404);
    CHECK(f.send("POST", std::string{report} + "/pause", f.admin_a).status == 404);
    CHECK(f.send("GET", "/api/schedules/other", f.admin_a).status == 404);
    CHECK(f.send("GET", "/api/schedules/other?companyId=B", f.admin).status == 200);
    CHECK(f.send("GET", "/api/schedules", f.reader_a).size("/schedules") == 0);
    const auto everybody
      = R"({"every":"1h","event":{"type":"test.due","data":{},"audience":"all"}})";
    CHECK(f.send("PUT", report, f.admin_a, everybody).status == 403);
    const auto own = f.send("PUT", report, f.admin_a, small);
    CHECK(own.text("/companyId") == "A");
    CHECK(f.send("GET", "/api/schedules", f.reader_a).size("/schedules") == 1);
    CHECK(f.send("DELETE", report, f.admin_a).status == 204);
    CHECK(f.get(report).status == 200);
  }

  TEST_CASE("a schedule happens once more when an operator says so, paused or not") {
    schedule_port f;
    REQUIRE(f.put("/api/schedules/report?companyId=A", body).status == 200);
    REQUIRE(f.post(std::string{report} + "/pause?companyId=A").status == 200);
    {
      auto guard = f.lock();
      f.data.receipt_of_next = {.seq = 7};
    }
    const auto* run = "/api/schedules/report/run?companyId=A";
    const auto made = f.post(run);
    REQUIRE_MESSAGE(made.status == 201, made.body);
    CHECK(made.number("/seq") == 7);
    CHECK(made.text("/id").starts_with("by-hand/20"));
    {
      auto guard = f.lock();
      REQUIRE(f.data.published.size() == 1);
      const auto& x = *f.data.published[0];
      CHECK(x.type == "test.due");
      CHECK(x.source == "/schedules/report");
      CHECK(x.id == made.text("/id"));
      CHECK(x.company_id == "A");
      REQUIRE(f.data.audit.size() == 1);
      const auto& row = f.data.audit[0].entry;
      CHECK(row.action == "schedule.run");
      CHECK(row.subject == "schedule:report");
      CHECK(row.company_id == "A");
      CHECK(row.actor.starts_with("key:"));
      CHECK(row.detail == R"({"id":")" + x.id + "\"}");
    }
    CHECK(f.post("/api/schedules/none/run").status == 404);
    CHECK(f.post("/api/schedules/report/run").status == 404);
    CHECK(f.send("POST", "/api/schedules/report/run", f.reader).status == 403);
    CHECK(f.send("POST", "/api/schedules/report/run?companyId=B", f.admin_a).status == 403);
    CHECK(f.post(run, R"({"at":"soon"})").status == 400);
    auto guard = f.lock();
    CHECK(f.data.published.size() == 1);
  }

  TEST_CASE("what a timing would mean is shown before it is a schedule") {
    schedule_port f;
    const auto pattern = f.get("/api/occurrences?cron=30%202%20*%20*%20*&timeZone=Europe%2FBerlin");
    REQUIRE_MESSAGE(pattern.status == 200, pattern.body);
    CHECK(pattern.size("/next") == 10);
    CHECK(f.get("/api/occurrences?every=15m").size("/next") == 10);
    const auto once = f.get("/api/occurrences?at=2099-01-01T00:00:00Z");
    CHECK(once.size("/next") == 1);
    CHECK(once.text("/next/0") == "2099-01-01T00:00:00Z");
    CHECK(f.get("/api/occurrences?at=2000-01-01T00:00:00Z").size("/next") == 0);
    const auto field = [&](const std::string& query) {
      const auto refused = f.get("/api/occurrences" + query);
      CHECK_MESSAGE(refused.status == 400, refused.body);
      return refused.text("/field");
    };
    CHECK(field("") == "cron");
    CHECK(field("?cron=*&every=1h") == "cron");
    CHECK(field("?cron=61%20*%20*%20*%20*") == "cron");
    CHECK(field("?cron=*%20*%20*%20*%20*&timeZone=..%2F..%2Fetc%2Fpasswd") == "timeZone");
    CHECK(field("?every=1h&timeZone=UTC") == "timeZone");
    CHECK(field("?every=0s") == "every");
    CHECK(field("?at=soon") == "at");
    CHECK(field("?every=1h&timeZone=") == "timeZone");
    CHECK(field("?every=1h&after=2026-12-24T08:00:00Z") == "after");
    CHECK(f.data.schedules.empty());
  }

  TEST_CASE("an event is published later, listed and cancelled") {
    schedule_port f;
    const auto* path = "/api/publish?publishAt=2026-12-24T08:00:00Z";
    const auto later = f.post(path, R"({"type":"test.due","id":"e-1","data":{"n":1.10}})");
    REQUIRE_MESSAGE(later.status == 202, later.body);
    CHECK(later.number("/delayedId") == 1);
    CHECK(later.text("/id") == "e-1");
    CHECK(later.text("/state") == "waiting");
    CHECK(later.text("/publishAt") == "2026-12-24T08:00:00.000000Z");
    CHECK(f.data.published.empty());
    const auto all = f.get("/api/delayed-events");
    CHECK(all.size("/delayed") == 1);
    CHECK(all.text("/delayed/0/id") == "e-1");
    CHECK(f.get("/api/delayed-events/1").body.find("1.10") != std::string::npos);
    CHECK(f.send("GET", "/api/delayed-events/1", f.reader_a).status == 404);
    CHECK(f.send("DELETE", "/api/delayed-events/1", f.admin_a).status == 404);
    CHECK(f.remove("/api/delayed-events/1").status == 204);
    CHECK(f.data.stamps.back().who.starts_with("key:"));
    CHECK(f.remove("/api/delayed-events/1").status == 404);
    CHECK(f.get("/api/delayed-events/x").status == 404);
  }

  TEST_CASE("a time that is none publishes nothing") {
    schedule_port f;
    for (const auto* at : {"", "tomorrow", "2026-12-24", "2099-01-01T00:00:00Z", "1"}) {
      CAPTURE(at);
      const auto refused
        = f.post(std::string{"/api/publish?publishAt="} + at, R"({"type":"test.due","data":{}})");
      CHECK(refused.status == 400);
      CHECK(refused.text("/field") == "publishAt");
    }
    CHECK(f.data.published.empty());
    CHECK(f.data.delayed.empty());
  }
}

} // namespace carillon::test
