#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/consumers_commands") {
  namespace {

  const std::string audit
    = R"({"name":"audit","cursor":12,"lag":3,"lagSeconds":0.5,"paused":false,"remote":false,)"
      R"("catchingUp":true,"inFlight":1,"retrying":2,"deadLetters":4,"delivered":9,"failed":5,)"
      R"("lastError":"no\u001B[2J","oldestFailure":null,"lastProgress":null})";
  const std::string remote
    = R"({"name":"loyalty","types":["order.*","user.login"],"companyId":null,"order":"per_key",)"
      R"("key":"/orderId","start":7,"maxAttempts":5,"retrySchedule":[1000],"ackTimeoutMs":30000,)"
      R"("maxInFlight":256,"maxPerKey":2,"ratePerSecond":null,"batch":{"max":100,"waitMs":0})";
  const std::string with_workers
    = remote
      + R"(,"history":"5f0c","generation":3,"workers":{"connected":2,"waitingPulls":1,)"
        R"("inFlight":7,"stale":0,"expired":0,"lost":1}})";

  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct fixture {
    fake_node node;

    /// On the data port.
    test::command_outcome run_data(std::vector<std::string> line) const {
      line.insert(line.end(), {"--url", node.url()});
      return test::run_command(line);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses({{"consumers"},
                  {"consumers", "stop", "audit"},
                  {"consumers", "list", "audit"},
                  {"consumers", "show"},
                  {"consumers", "show", "Audit"},
                  {"consumers", "pause", "a/b"},
                  {"consumers", "resume", "audit", "metrics"}});
    for (const auto& line : std::vector<std::vector<std::string>>{
           {"consumers", "put"},
           {"consumers", "put", "Loyalty"},
           {"consumers", "put", "loyalty", "--order", "sometimes"},
           {"consumers", "put", "loyalty", "--ack-timeout", "soon"},
           {"consumers", "put", "loyalty", "--retries", "1s,later"},
           {"consumers", "put", "loyalty", "--max-attempts", "many"},
           {"consumers", "put", "loyalty", "--filter", "{\"total\":1}"},
           {"consumers", "put", "loyalty", "--filter", "{\"data.total\":{\"$gtt\":1}}"},
           {"consumers", "put", "loyalty", "--filter", "x"},
           {"consumers", "put", "loyalty", "--rate", "01"},
           {"consumers", "put", "loyalty", "--rate", "1,\"x\":2"},
           {"consumers", "delete"},
           {"consumers", "workers", "loyalty", "--admin-url", "http://127.0.0.1:1"}}) {
      auto result = run_data(line);
      CAPTURE(line.back());
      CHECK(result.code == 2);
      CHECK(result.out.empty());
    }
    CHECK(node.requests().empty());
  }

  TEST_CASE_FIXTURE(fixture, "handlers are a table, or JSON line by line") {
    const std::string all = R"({"consumers":[)" + audit + R"(],"nextCursor":null})";
    node.answers({{200, all}, {200, all}, {200, audit}, {200, audit}, {200, audit}});
    auto table = node.run({"consumers", "list"});
    CHECK(table.code == 0);
    CHECK(table.out.starts_with("name "));
    CHECK(has(table.out, "\naudit "));
    CHECK(has(table.out, "catching up\n"));
    CHECK(node.run({"consumers", "list", "--json"}).out == audit + '\n');
    auto shown = node.run({"consumers", "show", "audit"});
    CHECK(has(shown.out, "cursor       12\n"));
    CHECK(has(shown.out, "dead letters 4\n"));
    CHECK(has(shown.out, "last error   no\\x1b[2J\n"));
    CHECK(node.run({"consumers", "pause", "audit"}).code == 0);
    CHECK(node.run({"consumers", "resume", "audit", "--json"}).out == audit + '\n');
    auto requests = node.requests();
    CHECK(requests[0].line == "GET /api/consumers");
    CHECK(requests[2].line == "GET /api/consumers/audit");
    CHECK(requests[3].line == "POST /api/consumers/audit/pause");
    CHECK(requests[4].line == "POST /api/consumers/audit/resume");
  }

  TEST_CASE_FIXTURE(fixture, "put sends all that is named, and nothing else") {
    const auto made = remote + '}';
    node.answers({{201, made}, {200, made}, {200, made}});
    auto result = run_data({"consumers", "put",
                            "--types",   "order.*,user.login",
                            "loyalty",   "--company",
                            "c-1",       "--order",
                            "per_key",   "--order-key",
                            "/orderId",  "--start",
                            "7",         "--max-attempts",
                            "3",         "--retries",
                            "1s,2m",     "--ack-timeout",
                            "5s",        "--max-in-flight",
                            "9",         "--max-per-key",
                            "2",         "--rate",
                            "0.5",       "--batch",
                            "10"});
    CAPTURE(result.err);
    CHECK(result.code == 0);
    CHECK(has(result.out, "types        order.*, user.login\n"));
    CHECK(has(result.out, "start        7\n"));
    CHECK(has(result.out, "per key      2\n"));
    CHECK(!has(result.out, "connected"));
    CHECK(run_data({"consumers", "put", "loyalty", "--start", "beginning"}).code == 0);
    CHECK(run_data({"consumers", "put", "loyalty", "--json"}).out == made + '\n');
    auto requests = node.requests();
    CHECK(requests[0].line == "PUT /api/consumers/loyalty");
    CHECK(requests[0].body
          == R"({"types":["order.*","user.login"],"companyId":"c-1","order":"per_key",)"
             R"("key":"/orderId","start":7,"retrySchedule":[1000,120000],"ackTimeoutMs":5000,)"
             R"("maxAttempts":3,"maxInFlight":9,"maxPerKey":2,"ratePerSecond":0.5,)"
             R"("batch":{"max":10}})");
    CHECK(requests[1].body == R"({"start":"beginning"})");
    CHECK(requests[2].body == "{}");
  }

  TEST_CASE_FIXTURE(fixture, "put sends a filter with all its digits, and shows the one there is") {
    const auto made = R"({"name":"loyalty","types":["order.*"],"filter":{"data.n":{"$gt":1}}})";
    node.answers({{201, made}});
    auto result = run_data(
      {"consumers", "put", "loyalty", "--filter", R"({"data.n":{"$gt":9007199254740993}})"});
    CAPTURE(result.err);
    CHECK(result.code == 0);
    CHECK(has(result.out, "filter       {\"data.n\":{\"$gt\":1}}\n"));
    CHECK(node.requests()[0].body == R"({"filter":{"data.n":{"$gt":9007199254740993}}})");
  }

  TEST_CASE_FIXTURE(fixture, "workers and delete ask the data port") {
    node.answers({{200, with_workers},
                  {200, with_workers},
                  {200, R"({"deleted":"loyalty"})"},
                  {200, R"({"deleted":"loyalty"})"},
                  {404, R"({"code":"not_found","detail":"there is none"})"}});
    auto shown = run_data({"consumers", "workers", "loyalty"});
    CHECK(has(shown.out, "history      5f0c\n"));
    CHECK(has(shown.out, "generation   3\n"));
    CHECK(has(shown.out, "connected    2\n"));
    CHECK(has(shown.out, "alone since  -\n"));
    CHECK(run_data({"consumers", "workers", "loyalty", "--json"}).out == with_workers + '\n');
    CHECK(run_data({"consumers", "delete", "loyalty"}).out == "consumer loyalty deleted\n");
    CHECK(run_data({"consumers", "delete", "loyalty", "--json"}).out == "{\"deleted\":true}\n");
    auto refused = run_data({"consumers", "delete", "loyalty"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "there is none"));
    CHECK(node.requests()[0].line == "GET /api/consumers/loyalty/workers");
    CHECK(node.requests()[2].line == "DELETE /api/consumers/loyalty");
  }
}
