#include "tests/net/admin/admin_fixture.hpp"
#include "tests/net/admin/admin_job_actors.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using carillon::test::add_job;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_jobs") {

  TEST_CASE("jobs are listed without payloads, the newest first, page by page") {
    admin_fixture f;
    for (uint64_t i = 1; i <= 5; ++i)
      add_job(f.data, i, i % 2 == 1 ? "A" : "B");
    f.data.jobs[0].state = job_state::dead;
    f.data.jobs[0].last_error = "550 no such user";
    f.data.jobs[1].kind = "document.order_sheet";
    auto page = f.get("/api/jobs?limit=3");
    CHECK(page.status == 200);
    CHECK(page.number("/jobs/0/id") == 5);
    CHECK(page.size("/jobs") == 3);
    CHECK(page.body.find("payload") == std::string::npos);
    auto rest = f.get("/api/jobs?limit=3&cursor=" + page.text("/nextCursor"));
    CHECK(rest.size("/jobs") == 2);
    CHECK(rest.is_null("/nextCursor"));
    CHECK(rest.text("/jobs/1/lastError") == "550 no such user");
    auto dead = f.get("/api/jobs?state=dead");
    CHECK(dead.size("/jobs") == 1);
    CHECK(dead.is_null("/jobs/0/dueAt"));
    CHECK(f.get("/api/jobs?kind=email").size("/jobs") == 4);
    CHECK(f.get("/api/jobs?kind=document.order_sheet").size("/jobs") == 1);
    CHECK(f.get("/api/jobs?companyId=B").size("/jobs") == 2);
    CHECK(f.send("GET", "/api/jobs", f.reader_a).size("/jobs") == 3);
  }

  TEST_CASE("what is no state, kind, limit or parameter of a list of jobs is refused") {
    admin_fixture f;
    for (const auto* query : {"state=lost", "state=", "kind=", "kind=A", "kind=.a", "kind=a%20b",
                              "limit=0", "limit=1001", "cursor=x", "order=asc", "queue=email"}) {
      CAPTURE(query);
      auto refused = f.get(std::string{"/api/jobs?"} + query);
      CHECK(refused.status == 400);
      auto name = std::string{query};
      CHECK(refused.text("/field") == name.substr(0, name.find('=')));
    }
  }

  TEST_CASE("a job is shown with its payload") {
    admin_fixture f;
    auto& x = add_job(f.data, 7, "A");
    x.priority = -5;
    auto shown = f.get("/api/jobs/7");
    CHECK(shown.status == 200);
    CHECK(shown.text("/kind") == "email.welcome");
    CHECK(shown.text("/queue") == "email");
    CHECK(shown.text("/state") == "queued");
    CHECK(shown.number("/priority") == -5);
    CHECK(shown.number("/payload/n") == 7);
    CHECK(shown.number("/eventSeq") == 7);
    CHECK(shown.text("/dueAt") == "1970-01-01T00:00:01.000000Z");
    CHECK(shown.is_null("/leasedUntil"));
    x.state = job_state::running;
    x.event_seq = 0;
    shown = f.get("/api/jobs/7");
    CHECK(shown.is_null("/dueAt"));
    CHECK(shown.is_null("/eventSeq"));
    CHECK(shown.text("/leasedUntil") == "1970-01-01T00:00:01.000000Z");
    CHECK(shown.is_null("/result"));
    CHECK(shown.is_null("/progress"));
    x.state = job_state::done;
    x.result = R"({"pages":7})";
    x.progress = job_progress{.note = "page 7", .percent = {}, .at = from_micros(1'000'000)};
    shown = f.get("/api/jobs/7");
    CHECK(shown.number("/result/pages") == 7);
    CHECK(shown.text("/progress/note") == "page 7");
    CHECK(shown.is_null("/progress/percent"));
    auto listed = f.get("/api/jobs");
    CHECK(listed.text("/jobs/0/progress/at") == "1970-01-01T00:00:01.000000Z");
    CHECK(listed.body.find("pages") == std::string::npos);
  }

  TEST_CASE("operators retry and cancel jobs, with a stamp for the audit log") {
    admin_fixture f;
    add_job(f.data, 1, "A").state = job_state::dead;
    add_job(f.data, 2, "A");
    add_job(f.data, 3, "A").state = job_state::running;
    auto again = f.post("/api/jobs/1/retry");
    CHECK(again.status == 200);
    CHECK(again.text("/state") == "queued");
    CHECK(f.send("POST", "/api/jobs/2/cancel", f.admin_a).text("/state") == "cancelled");
    REQUIRE(f.data.stamps.size() == 2);
    CHECK(f.data.stamps[0].who == "key:3");
    CHECK(f.data.stamps[1].who == "key:5");
    CHECK(f.post("/api/jobs/2/cancel").status == 409);
    CHECK(f.post("/api/jobs/3/cancel").status == 409);
    CHECK(f.post("/api/jobs/3/retry").code() == "conflict");
    CHECK(f.post("/api/jobs/1/retry", R"({"at":1})").status == 400);
  }

  TEST_CASE("all dead jobs are retried, by kind, and a key of a company retries its own") {
    admin_fixture f;
    for (uint64_t i = 1; i <= 4; ++i)
      add_job(f.data, i, i % 2 == 1 ? "A" : "B").state = job_state::dead;
    f.data.jobs[0].kind = "email.other";
    add_job(f.data, 5, "A");
    CHECK(f.post("/api/jobs/retry", "[]").status == 400);
    CHECK(f.post("/api/jobs/retry", R"({"kind":"No"})").text("/field") == "kind");
    // Nothing is not all.
    CHECK(f.post("/api/jobs/retry", R"({"kind":""})").text("/field") == "kind");
    CHECK(
      f.post("/api/jobs/retry", R"({"companyId":")" + std::string(129, 'x') + "\"}").text("/field")
      == "companyId");
    CHECK(f.post("/api/jobs/retry", R"({"state":"dead"})").text("/field") == "state");
    CHECK(f.send("POST", "/api/jobs/retry", f.reader, "{}").status == 403);
    CHECK(f.send("POST", "/api/jobs/retry", f.admin_a, R"({"companyId":"B"})").text("/field")
          == "companyId");
    CHECK(f.post("/api/jobs/retry", R"({"kind":"email.other"})").body == R"({"retried":1})");
    CHECK(f.post("/api/jobs/retry", R"({"companyId":"A","kind":"email"})").body
          == R"({"retried":1})");
    CHECK(f.data.stamps.back().who == "key:3");
    f.data.jobs[0].state = job_state::dead;
    CHECK(f.send("POST", "/api/jobs/retry", f.admin_a, "{}").body == R"({"retried":1})");
    CHECK(f.post("/api/jobs/retry", "{}").body == R"({"retried":2})");
    f.data.broken = true;
    CHECK(f.post("/api/jobs/retry", "{}").status == 503);
  }

  TEST_CASE("another company's job is answered exactly like one that does not exist") {
    admin_fixture f;
    add_job(f.data, 1, "B").state = job_state::dead;
    auto absent = f.send("GET", "/api/jobs/77", f.admin_a);
    CHECK(absent.status == 404);
    CHECK(f.send("GET", "/api/jobs/1", f.admin_a).body == absent.body);
    for (const auto* action : {"retry", "cancel"})
      CHECK(f.send("POST", std::string{"/api/jobs/1/"} + action, f.admin_a).body == absent.body);
    for (const auto* id : {"0", "x", "-1", "1.0", "18446744073709551616"})
      CHECK(f.get(std::string{"/api/jobs/"} + id).body == absent.body);
    CHECK(f.data.stamps.empty());
  }

  TEST_CASE("queues are listed, paused and resumed") {
    admin_fixture f;
    f.data.job_queues = {{.queue = "document", .oldest_due = {}},
                         {.queue = "email",
                          .queued = 4,
                          .running = 2,
                          .dead = 1,
                          .oldest_due = from_micros(2'000'000)}};
    auto all = f.get("/api/jobs/queues");
    CHECK(all.text("/queues/1/queue") == "email");
    CHECK(all.number("/queues/1/queued") == 4);
    CHECK(all.number("/queues/1/running") == 2);
    CHECK(all.number("/queues/1/dead") == 1);
    CHECK(all.text("/queues/1/oldestDue") == "1970-01-01T00:00:02.000000Z");
    CHECK(all.is_null("/queues/0/oldestDue"));
    auto paused = f.post("/api/jobs/queues/email/pause");
    CHECK(paused.status == 200);
    CHECK(paused.is_true("/paused"));
    CHECK(f.data.stamps.back().who == "key:3");
    CHECK(!f.post("/api/jobs/queues/email/resume").is_true("/paused"));
    for (const auto* name : {"nobody", "E", "a%20b", "%2F"})
      CHECK(f.post(std::string{"/api/jobs/queues/"} + name + "/pause").status == 404);
  }

  TEST_CASE("a change that the store refuses is told") {
    admin_fixture f;
    add_job(f.data, 1, "A");
    f.data.broken = true;
    CHECK(f.post("/api/jobs/1/cancel").status == 503);
    CHECK(f.post("/api/jobs/queues/email/pause").status == 503);
    CHECK(f.get("/api/jobs/1").text("/state") == "queued");
  }

  TEST_CASE("what job queues are doing is shown to Prometheus") {
    admin_fixture f;
    f.stats->job_attempts.of("email").at(static_cast<size_t>(job_end::failed)) = 3;
    f.stats->job_latency.record(std::chrono::milliseconds{2});
    f.data.job_queues
      = {{.queue = "email",
          .paused = true,
          .queued = 4,
          .running = 2,
          .dead = 1,
          .oldest_due = wall_clock_now() - std::chrono::hours{1}},
         {.queue = "quick", .oldest_due = wall_clock_now() + std::chrono::hours{1}}};
    auto body = f.get("/metrics").body;
    for (const auto* line :
         {"# TYPE carillon_jobs gauge\n", "carillon_jobs{queue=\"email\",state=\"queued\"} 4\n",
          "carillon_jobs{queue=\"email\",state=\"running\"} 2\n",
          "carillon_jobs{queue=\"email\",state=\"dead\"} 1\n",
          "carillon_jobs{queue=\"quick\",state=\"queued\"} 0\n",
          "carillon_job_queue_paused{queue=\"email\"} 1\n",
          "carillon_jobs_oldest_due_seconds{queue=\"email\"} 360",
          "carillon_jobs_oldest_due_seconds{queue=\"quick\"} 0\n",
          "# TYPE carillon_job_attempts_total counter\n",
          "carillon_job_attempts_total{queue=\"email\",outcome=\"failed\"} 3\n",
          "carillon_job_attempts_total{queue=\"email\",outcome=\"done\"} 0\n",
          "carillon_job_attempts_total{queue=\"email\",outcome=\"timeout\"} 0\n",
          "carillon_job_seconds_bucket{le=\"0.0025\"} 1\n"}) {
      CAPTURE(line);
      CHECK(body.find(line) != std::string::npos);
    }
  }

  TEST_CASE("a hundred queues have series, the built-in ones among them") {
    admin_fixture f;
    for (int i = 100; i < 250; ++i)
      f.data.job_queues.push_back({.queue = "a" + std::to_string(i), .oldest_due = {}});
    f.data.job_queues.push_back({.queue = "email", .queued = 3, .oldest_due = {}});
    auto body = f.get("/metrics").body;
    CHECK(body.find("carillon_jobs{queue=\"email\",state=\"queued\"} 3\n") != std::string::npos);
    size_t series = 0;
    const std::string sample = "\ncarillon_job_queue_paused{";
    for (auto at = body.find(sample); at != std::string::npos; at = body.find(sample, at + 1))
      ++series;
    CHECK(series == 100);
  }
}
