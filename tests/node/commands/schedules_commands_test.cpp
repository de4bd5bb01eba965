#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/schedules_commands") {
  namespace {

  const std::string daily
    = R"({"name":"daily","companyId":"c-1","cron":"30 9 * * 1-5","timeZone":"Europe/Berlin",)"
      R"("every":null,"at":null,"missed":"once","createdAt":"2026-12-01T00:00:00.000000Z",)"
      R"("paused":false,"nextAt":"2026-12-02T08:30:00.000000Z","lastAt":null,"fired":3,)"
      R"("skipped":0,"failed":0,"lastError":"a\u001B[2J","event":{},)"
      R"("next":["2026-12-02T08:30:00Z"]})";

  struct schedules_fixture {
    fake_node node;
  };

  } // namespace

  TEST_CASE_FIXTURE(schedules_fixture, "wrong usage of schedules is code 2, and asks no node") {
    node.refuses({{"schedules"},
                  {"schedules", "show"},
                  {"schedules", "show", "Daily"},
                  {"schedules", "put", "daily", "--every", "1h"},
                  {"schedules", "put", "daily", "--every", "1", "--type", "a.b"},
                  {"schedules", "put", "daily", "--cron", "61 * * * *", "--type", "a.b"},
                  {"schedules", "put", "daily", "--at", "soon", "--type", "a.b"},
                  {"schedules", "put", "daily", "--every", "1h", "--type", "a.b", "--data", "[]"},
                  {"schedules", "put", "daily", "--every", "1h", "--type", "a.b", "--missed", "no"},
                  {"schedules", "next", "--every", "1h", "--after", "soon"},
                  {"schedules", "run"},
                  {"schedules", "run", "Daily"},
                  {"schedules", "cancel", "-1"}});
  }

  TEST_CASE_FIXTURE(schedules_fixture, "a schedule is put, shown, paused and run") {
    node.answers({{200, daily},
                  {200, daily},
                  {200, daily},
                  {201, R"({"seq":7,"id":"by-hand/x\u001B","duplicate":false})"}});
    const auto made = node.run({"schedules", "put", "daily", "--company", "c/1", "--cron",
                                "30 9 * * 1-5", "--time-zone", "Europe/Berlin", "--type",
                                "report.due", "--data", R"({"n":1.10})"});
    CHECK(made.code == 0);
    CHECK(made.out.find("30 9 * * 1-5 Europe/Berlin\n") != std::string::npos);
    CHECK(made.out.find('\x1b') == std::string::npos);
    CHECK(node.run({"schedules", "show", "daily"}).code == 0);
    CHECK(node.run({"schedules", "pause", "daily"}).code == 0);
    const auto run = node.run({"schedules", "run", "daily", "--company", "c-1"});
    CHECK(run.code == 0);
    CHECK(run.out.find("7\n") != std::string::npos);
    CHECK(run.out.find("by-hand/x") != std::string::npos);
    CHECK(run.out.find('\x1b') == std::string::npos);
    const auto requests = node.requests();
    CHECK(requests[0].line == "PUT /api/schedules/daily?companyId=c%2F1");
    CHECK(requests[0].body
          == R"({"cron":"30 9 * * 1-5","timeZone":"Europe/Berlin","event":{"type":"report.due",)"
             R"("data":{"n":1.10}}})");
    CHECK(requests[1].line == "GET /api/schedules/daily");
    CHECK(requests[2].line == "POST /api/schedules/daily/pause");
    CHECK(requests[3].line == "POST /api/schedules/daily/run?companyId=c-1");
  }

  TEST_CASE_FIXTURE(schedules_fixture, "occurrences are printed without a node") {
    using carillon::test::run_command;
    std::vector<std::string> line{"schedules",   "next",
                                  "--cron",      "30 2 * * *",
                                  "--time-zone", "Europe/Berlin",
                                  "--after",     "2027-03-27T12:00:00Z",
                                  "--until",     "2027-03-29T12:00:00Z"};
    const auto next = run_command(line);
    CHECK(next.code == 0);
    CHECK(next.out == "2027-03-28T01:00:00Z\n2027-03-29T00:30:00Z\n");
    line.emplace_back("--json");
    CHECK(run_command(line).out
          == R"({"next":["2027-03-28T01:00:00Z","2027-03-29T00:30:00Z"]})"
             "\n");
    CHECK(run_command({"schedules", "next"}).code != 0);
    CHECK(node.requests().empty());
  }
}
