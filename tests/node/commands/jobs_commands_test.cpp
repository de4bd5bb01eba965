#include "tests/node/fake_node.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/jobs_commands") {
  namespace {

  const std::string one
    = R"({"id":7,"kind":"email.welcome","queue":"email","key":"email/3","state":"queued",)"
      R"("companyId":"c-1","eventSeq":3,"priority":0,"attempts":2,)"
      R"("dueAt":"2026-01-02T03:04:05.000000Z","leasedUntil":null,"lastError":"451\u001B[2J",)"
      R"("createdAt":"2026-01-02T03:00:00.000000Z","updatedAt":"2026-01-02T03:01:00.000000Z"})";
  const std::string other
    = R"({"id":6,"kind":"report.daily","queue":"report","key":"r","state":"done","companyId":null,)"
      R"("eventSeq":null,"priority":0,"attempts":1,"dueAt":null,"leasedUntil":null,"lastError":null,)"
      R"("createdAt":"2026-01-02T03:00:00.000000Z","updatedAt":"2026-01-02T03:01:00.000000Z"})";

  bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct fixture {
    fake_node node;

    /// A command that calls the data port.
    test::command_outcome enqueue(std::vector<std::string> rest) const {
      std::vector<std::string> line{"jobs", "enqueue", "--url", node.url()};
      line.insert(line.end(), rest.begin(), rest.end());
      return test::run_command(line);
    }

    test::temporary_directory dir;

    std::string file_of(const std::string& content) const {
      auto path = dir.path() + "/payload";
      std::ofstream{path, std::ios::binary} << content;
      return path;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses({{"jobs"},
                  {"jobs", "end", "7"},
                  {"jobs", "list", "7"},
                  {"jobs", "list", "--state", "lost"},
                  {"jobs", "list", "--limit", "0"},
                  {"jobs", "show"},
                  {"jobs", "show", "0"},
                  {"jobs", "show", "x"},
                  {"jobs", "retry", "-1"},
                  {"jobs", "retry"},
                  {"jobs", "retry", "7", "--all"},
                  {"jobs", "retry", "7", "--kind", "email"},
                  {"jobs", "retry", "--kind", "email"},
                  {"jobs", "retry", "18446744073709551616"},
                  {"jobs", "cancel"},
                  {"jobs", "cancel", "7", "8"},
                  {"jobs", "queues", "email"},
                  {"jobs", "pause"},
                  {"jobs", "pause", "E mail"},
                  {"jobs", "resume", ""}});
  }

  TEST_CASE("each has a help") {
    for (const auto* name : {"list", "show", "retry", "cancel", "queues", "pause", "resume"}) {
      auto result = test::run_command({"jobs", name, "--help"});
      CHECK(result.code == 0);
      CHECK(holds(result.out, "--json"));
      CHECK(holds(result.out, "--admin-url"));
    }
    auto enqueue = test::run_command({"jobs", "enqueue", "--help"});
    CHECK(enqueue.code == 0);
    for (const auto* flag : {"--url", "--json", "--job-key", "--payload", "--run-at", "--priority"})
      CHECK(holds(enqueue.out, flag));
  }

  TEST_CASE_FIXTURE(fixture, "list is a table, or JSON line by line, page by page") {
    const std::string first = R"({"jobs":[)" + one + R"(],"nextCursor":"abc"})";
    const std::string last = R"({"jobs":[)" + other + R"(],"nextCursor":null})";
    node.answers({{200, first}, {200, last}, {200, first}, {200, last}});
    auto result = node.run({"jobs", "list", "--all"});
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("id "));
    CAPTURE(result.out);
    CHECK(holds(result.out, "\n7          queued     2         email.welcome                "
                            "2026-01-02T03:04:05.000000Z  451\\x1b[2J\n"));
    CHECK(holds(result.out, "\n6          done       1         report.daily "));
    CHECK(holds(node.requests()[1].line, "cursor=abc"));
    auto json = node.run({"jobs", "list", "--json", "--all", "--state", "dead", "--kind", "email",
                          "--company", "c/1"});
    CHECK(json.out == one + "\n" + other + "\n");
    for (const auto* part : {"state=dead", "kind=email", "companyId=c%2F1"})
      CHECK(holds(node.requests()[2].line, part));
  }

  TEST_CASE_FIXTURE(fixture, "an empty list prints nothing") {
    node.answers(
      {{200, R"({"jobs":[],"nextCursor":null})"}, {200, R"({"queues":[],"nextCursor":null})"}});
    CHECK(node.run({"jobs", "list"}).out.empty());
    auto queues = node.run({"jobs", "queues"});
    CHECK(queues.code == 0);
    CHECK(queues.out.empty());
  }

  TEST_CASE_FIXTURE(fixture, "show prints a job with its payload") {
    auto whole = one;
    whole.pop_back();
    whole += R"(,"payload":{"userId":"u-1"}})";
    node.answers({{200, whole}, {200, whole}});
    auto result = node.run({"jobs", "show", "7"});
    CAPTURE(result.out);
    CHECK(result.code == 0);
    for (const auto* line :
         {"job          7\n", "kind         email.welcome\n", "key          email/3\n",
          "event        3\n", "company      c-1\n", "attempts     2\n",
          "last error   451\\x1b[2J\n", "payload      {\"userId\":\"u-1\"}\n"})
      CHECK(holds(result.out, line));
    CHECK(node.requests()[0].line == "GET /api/jobs/7");
    CHECK(node.run({"jobs", "show", "7", "--json"}).out == whole + "\n");
  }

  TEST_CASE_FIXTURE(fixture, "show prints how far a job is, and what came out") {
    auto head = one;
    head.pop_back();
    node.answers(
      {{200, head
               + R"(,"progress":{"note":"page 3","percent":40,"at":"2026-01-02T03:00:30.000000Z"},)"
                 R"("payload":{},"result":{"pages":7}})"},
       {200, head
               + R"(,"progress":{"note":"page\u001B[2J","percent":null,)"
                 R"("at":"2026-01-02T03:00:30.000000Z"},"payload":{},"result":null})"},
       {200, head + R"(,"progress":null,"payload":{},"result":null})"}});
    auto all = node.run({"jobs", "show", "7"}).out;
    CAPTURE(all);
    for (const auto* line : {"progress     40 % page 3\n", "noted        2026-01-02T03:00:30",
                             "result       {\"pages\":7}\n"})
      CHECK(holds(all, line));
    auto some = node.run({"jobs", "show", "7"}).out;
    CAPTURE(some);
    CHECK(holds(some, "progress     page\\x1b[2J\n"));
    CHECK(!holds(some, "result "));
    CHECK(!holds(node.run({"jobs", "show", "7"}).out, "progress"));
  }

  TEST_CASE_FIXTURE(fixture, "enqueue puts a job into a queue") {
    const std::string made
      = R"({"id":17,"queue":"thumbs","kind":"thumbs","key":"k","duplicate":false})";
    const std::string known
      = R"({"id":17,"queue":"thumbs","kind":"thumbs","key":"k","duplicate":true})";
    node.answers({{201, made}, {200, known}, {201, made}});
    CHECK(enqueue({"thumbs"}).out == "job 17 is enqueued\n");
    CHECK(enqueue({"thumbs", "--job-key", "photo \"7\"", "--kind", "thumbs.small", "--run-at",
                   "2026-12-01T08:00:00Z", "--priority", "-5", "--company", "c-1", "--payload",
                   file_of(" {\"n\": 1.50,\n \"m\": 12345678901234567890123}\r\n\n")})
            .out
          == "job 17 has this key already\n");
    CHECK(enqueue({"thumbs", "--json"}).out == made + "\n");
    CHECK(node.requests()[0].line == "POST /api/jobs");
    CHECK(node.requests()[0].body == R"({"queue":"thumbs"})");
    // The payload as it is in the file.
    CHECK(
      node.requests()[1].body
      == R"({"queue":"thumbs","kind":"thumbs.small","key":"photo \"7\"","companyId":"c-1",)"
         "\"runAt\":\"2026-12-01T08:00:00Z\",\"priority\":-5,\"payload\":{\"n\": 1.50,\n \"m\": "
         "12345678901234567890123}}");
  }

  TEST_CASE_FIXTURE(fixture, "enqueue refuses what is wrong before it asks the node") {
    for (const auto& line : std::vector<std::vector<std::string>>{{},
                                                                  {"Thumbs"},
                                                                  {"a.b"},
                                                                  {"thumbs", "more"},
                                                                  {"thumbs", "--kind", "A"},
                                                                  {"thumbs", "--run-at", "soon"},
                                                                  {"thumbs", "--priority", "101"},
                                                                  {"thumbs", "--priority", "1.5"},
                                                                  {"thumbs", "--priority", "07"},
                                                                  {"thumbs", "--job-key"}}) {
      auto result = enqueue(line);
      CHECK(result.code == 2);
      CHECK(!result.err.empty());
    }
    for (const std::string text : {"", "[1]", "{\"a\":1", "{} {}", "7"}) {
      CAPTURE(text);
      auto result = enqueue({"thumbs", "--payload", file_of(text)});
      CHECK(result.code == 1);
      CHECK(result.out.empty());
      CHECK(holds(result.err, "payload"));
    }
    CHECK(enqueue({"thumbs", "--payload", file_of(std::string(300'000, ' '))}).code == 2);
    CHECK(enqueue({"thumbs", "--payload", dir.path() + "/none"}).code == 2);
    CHECK(node.requests().empty());
    node.answers({{409, R"({"type":"x","title":"t","status":409,"detail":"the node does the jobs )"
                        R"(of 'email' itself","code":"conflict","field":"queue"})"}});
    auto refused = enqueue({"email"});
    CHECK(refused.code == 1);
    CHECK(refused.err == "carillon: the node does the jobs of 'email' itself (queue) [conflict]\n");
  }

  TEST_CASE_FIXTURE(fixture, "retry --all makes due all that were given up") {
    node.answers({{200, R"({"retried":3})"}, {200, R"({"retried":1})"}, {200, R"({"retried":0})"}});
    CHECK(node.run({"jobs", "retry", "--all", "--kind", "email"}).out == "3 jobs are due now\n");
    CHECK(node.run({"jobs", "retry", "--all", "--company", "c\"1"}).out == "1 job is due now\n");
    CHECK(node.run({"jobs", "retry", "--all", "--json"}).out == "{\"retried\":0}\n");
    CHECK(node.requests()[0].line == "POST /api/jobs/retry");
    CHECK(node.requests()[0].body == R"({"kind":"email"})");
    CHECK(node.requests()[1].body == R"({"companyId":"c\"1"})");
    CHECK(node.requests()[2].body == "{}");
  }

  TEST_CASE_FIXTURE(fixture, "retry and cancel change one job") {
    node.answers({{200, one}, {200, one}, {200, one}});
    CHECK(node.run({"jobs", "retry", "7"}).out == "job 7 is due now\n");
    CHECK(node.run({"jobs", "cancel", "7"}).out == "job 7 cancelled\n");
    CHECK(node.run({"jobs", "cancel", "7", "--json"}).out == one + "\n");
    CHECK(node.requests()[0].line == "POST /api/jobs/7/retry");
    CHECK(node.requests()[1].line == "POST /api/jobs/7/cancel");
  }

  TEST_CASE_FIXTURE(fixture, "queues are a table, and are paused and resumed by name") {
    const std::string queue
      = R"({"queue":"email","paused":true,"queued":12,"running":2,"dead":3,"oldestDue":null})";
    node.answers({{200, R"({"queues":[)" + queue + R"(],"nextCursor":null})"},
                  {200, R"({"queues":[)" + queue + R"(],"nextCursor":null})"},
                  {200, queue},
                  {200, queue}});
    auto result = node.run({"jobs", "queues"});
    CAPTURE(result.out);
    CHECK(result.out.starts_with("queue "));
    CHECK(holds(result.out, "\nemail                paused          12        2        3  -\n"));
    CHECK(node.run({"jobs", "queues", "--json"}).out == queue + "\n");
    CHECK(node.run({"jobs", "pause", "email"}).out == "queue email paused\n");
    CHECK(node.run({"jobs", "resume", "email"}).out == "queue email resumed\n");
    CHECK(node.requests()[0].line == "GET /api/jobs/queues");
    CHECK(node.requests()[2].line == "POST /api/jobs/queues/email/pause");
    CHECK(node.requests()[3].line == "POST /api/jobs/queues/email/resume");
  }

  TEST_CASE_FIXTURE(fixture, "what the node refuses is code 1, with its reason") {
    const std::string problem
      = R"({"type":"x","title":"t","status":409,"detail":"the job is done",)"
        R"("code":"conflict","field":"id"})";
    for (const auto& line : std::vector<std::vector<std::string>>{{"jobs", "retry", "7"},
                                                                  {"jobs", "cancel", "7"},
                                                                  {"jobs", "show", "7"},
                                                                  {"jobs", "list"},
                                                                  {"jobs", "queues"},
                                                                  {"jobs", "pause", "email"}}) {
      node.answers({{409, problem}});
      auto result = node.run(line);
      CHECK(result.code == 1);
      CHECK(result.out.empty());
      CHECK(result.err == "carillon: the job is done (id) [conflict]\n");
    }
  }
}
