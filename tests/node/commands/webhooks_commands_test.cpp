#include "tests/node/fake_node.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;
using carillon::test::run_command;

TEST_SUITE("node/webhooks_commands") {
  namespace {

  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const std::string webhook
    = R"({"id":7,"companyId":null,"url":"https://a.example","types":["order.*"],"enabled":true})";
  const std::string refusal
    = R"({"type":"x","title":"t","status":404,"detail":"there is no webhook 7","code":"not_found",)"
      R"("field":"id"})";

  bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct fixture {
    test::temporary_directory dir;
    fake_node node;

    std::string write(const std::string& text) const {
      auto path = dir.path() + "/file";
      std::ofstream{path, std::ios::binary} << text;
      return path;
    }
  };

  /// Standard input comes from a file while it lives.
  class input_from {
  public:
    explicit input_from(const std::string& path) : saved_(::dup(STDIN_FILENO)) {
      auto fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      REQUIRE(fd >= 0);
      ::dup2(fd, STDIN_FILENO);
      ::close(fd);
    }
    input_from(const input_from&) = delete;
    input_from& operator=(const input_from&) = delete;
    ~input_from() {
      ::dup2(saved_, STDIN_FILENO);
      ::close(saved_);
    }

  private:
    int saved_;
  };

  } // namespace

  TEST_CASE("every command has a help text") {
    for (const char* name :
         {"list", "show", "create", "change", "delete", "rotate-secret", "test", "enable",
          "disable", "deliveries", "delivery", "resend", "recover", "verify"}) {
      auto result = run_command({"webhooks", name, "--help"});
      CAPTURE(name);
      CHECK(result.code == 0);
      CHECK(holds(result.out, "Usage: "));
      CHECK(result.err.empty());
    }
  }

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    std::vector<std::vector<std::string>> lines{
      {"show"},
      {"show", "x"},
      {"show", "1", "2"},
      {"create"},
      {"create", "--types", "order.*"},
      {"create", "--url", "https://a.example", "--types", "Order"},
      {"create", "--url", "https://a.example", "--header", "no colon"},
      {"create", "--url", "https://a.example", "--rate", "fast"},
      {"create", "--url", "https://a.example", "--rate", "nan"},
      {"create", "--url", "https://a.example", "--max-in-flight", "x"},
      {"create", "--url", "https://a.example", "--ordered", "--unordered"},
      {"create", "--url", "https://a.example", "--retry-schedule", "60,soon"},
      {"create", "--url", "https://a.example", "--secret", "guess"},
      {"create", "--url", "https://a.example", "--secret-file", "/nonexistent"},
      {"create", "--url", "https://a.example", "--secret", secret, "--secret-file", "-"},
      {"create", "--url", "https://a.example", "--secret-file", write("\n\n")},
      {"create", "--url", "https://a.example", "--secret", secret, "--ed25519"},
      {"change", "7"},
      {"change", "--url", "https://a.example"},
      {"change", "7", "--header", "A: b", "--no-headers"},
      {"change", "7", "--company", "acme"},
      {"delete"},
      {"delete", "x"},
      {"rotate-secret", "7", "--grace", "10"},
      {"test"},
      {"enable", "-1"},
      {"disable", "all"},
      {"list", "--limit", "0"}};
    for (auto& line : lines)
      line.insert(line.begin(), "webhooks");
    node.refuses(std::move(lines));
  }

  TEST_CASE_FIXTURE(fixture, "what the node refuses is shown, and is code 1") {
    std::vector<std::vector<std::string>> lines{
      {"list"},           {"show", "7"},    {"create", "--url", "https://a.example"},
      {"delete", "7"},    {"test", "7"},    {"change", "7", "--ordered"},
      {"enable", "7"},    {"disable", "7"}, {"rotate-secret", "7"},
      {"delivery", "7-1"}};
    for (auto line : lines) {
      CAPTURE(line.front());
      line.insert(line.begin(), "webhooks");
      node.answers({{404, refusal}});
      auto result = node.run(line);
      CHECK(result.code == 1);
      CHECK(result.err == "carillon: there is no webhook 7 (id) [not_found]\n");
      CHECK(result.out.empty());
      node.answers({{500, "<html>"}});
      result = node.run(line);
      CHECK(result.code == 1);
      CHECK(holds(result.err, "the node answered with status 500"));
      if (line[1] == "delete")
        continue;
      node.answers({{200, "[not json"}});
      result = node.run(line);
      CHECK(result.code == 1);
      CHECK(holds(result.err, "is not a JSON object"));
    }
    node.answers({{400, R"({"detail":"no such type","code":"invalid_argument","field":"types"})"}});
    auto result = node.run({"webhooks", "create", "--url", "x"});
    CHECK(result.code == 2);
    CHECK(result.err == "carillon: no such type (types) [invalid_argument]\n");
  }

  TEST_CASE("no node is code 1") {
    auto result = run_command({"webhooks", "list", "--admin-url", "http://127.0.0.1:9"});
    CHECK(result.code == 1);
    CHECK_FALSE(result.err.empty());
  }

  TEST_CASE_FIXTURE(fixture, "list goes through the pages up to its limit") {
    node.answers({{200, R"({"webhooks":[)" + webhook + "," + webhook + R"(],"nextCursor":"c/1"})"},
                  {200, R"({"webhooks":[)" + webhook + R"(],"nextCursor":"c2"})"}});
    auto result = node.run({"webhooks", "list", "--company", "a b", "--limit", "3"});
    CHECK(result.code == 0);
    CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 4);
    CHECK(result.out.starts_with("id "));
    CHECK(holds(result.out, "order.*"));
    auto asked = node.requests();
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].line.starts_with("GET /api/events/webhooks?"));
    CHECK(holds(asked[0].line, "companyId=a%20b"));
    CHECK(holds(asked[0].line, "limit=3"));
    CHECK_FALSE(holds(asked[0].line, "cursor="));
    CHECK(holds(asked[1].line, "cursor=c%2F1"));
    CHECK(holds(asked[1].line, "limit=1"));
  }

  TEST_CASE_FIXTURE(fixture, "list as JSON is one line per webhook, and nothing for none") {
    node.answers({{200, R"({"webhooks":[)" + webhook + R"(],"nextCursor":null})"}});
    CHECK(node.run({"webhooks", "list", "--json"}).out == webhook + "\n");
    node.answers({{200, R"({"webhooks":[],"nextCursor":null})"}});
    CHECK(node.run({"webhooks", "list", "--all"}).out.empty());
    node.answers({{200, R"({"keys":[]})"}});
    CHECK(node.run({"webhooks", "list"}).code == 1);
  }

  TEST_CASE_FIXTURE(fixture, "create sends what was said, and prints the secret once") {
    node.answers({{201, R"({"id":7,"secret":"whsk_x","publicKey":"whpk_y"})"}});
    auto result = node.run({"webhooks",  "create",
                            "--url",     "https://a.example/x",
                            "--types",   "order.*,user.login",
                            "--company", "acme",
                            "--header",  "X-Key: k",
                            "--header",  "X-Other: o",
                            "--ordered", "--max-in-flight",
                            "2",         "--rate",
                            "0.5",       "--retry-schedule",
                            "60,5m",     "--description",
                            "shop",      "--ed25519",
                            "--key",     "ck_1"});
    CHECK(result.code == 0);
    CHECK(result.out == "webhook 7\nsecret whsk_x\npublic-key whpk_y\n");
    CHECK(result.err == "The secret is not shown again.\n");
    auto asked = node.requests();
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].line == "POST /api/events/webhooks");
    CHECK(asked[0].authorization == "Bearer ck_1");
    CHECK(asked[0].body
          == R"({"companyId":"acme","url":"https://a.example/x","types":["order.*","user.login"],)"
             R"("headers":{"X-Key":"k","X-Other":"o"},"retrySchedule":[60,300],"ordered":true,)"
             R"("maxInFlight":2,"ratePerSecond":0.5,"description":"shop","kind":"ed25519"})");
  }

  TEST_CASE_FIXTURE(fixture,
                    "a secret of one's own comes from a file or standard input, unrepeated") {
    const auto file = write(secret + "\r\n");
    const std::string wanted = R"({"url":"https://a.example","secret":")" + secret + "\"}";
    const std::vector<std::vector<std::string>> ways{
      {"--secret", secret}, {"--secret-file", file}, {"--secret-file", "-"}, {"--secret", "-"}};
    for (const auto& way : ways) {
      CAPTURE(way.back());
      const input_from input{file};
      node.answers({{201, R"({"id":7,"secret":")" + secret + "\"}"}});
      std::vector<std::string> line{"webhooks", "create", "--url", "https://a.example"};
      line.insert(line.end(), way.begin(), way.end());
      auto result = node.run(line);
      CHECK(result.code == 0);
      CHECK(result.out == "webhook 7\n");
      CHECK(result.err.empty());
      REQUIRE(node.requests().size() == 1);
      CHECK(node.requests()[0].body == wanted);
    }
  }

  TEST_CASE_FIXTURE(fixture, "a secret that is none is not repeated in the refusal") {
    auto result
      = node.run({"webhooks", "create", "--url", "https://a.example", "--secret", "hunter2"});
    CHECK(result.code == 2);
    CHECK_FALSE(holds(result.err, "hunter2"));
    result = node.run(
      {"webhooks", "create", "--url", "https://a.example", "--header", "Authorization hunter2"});
    CHECK(result.code == 2);
    CHECK(node.requests().empty());
  }

  TEST_CASE_FIXTURE(fixture, "change sends only what was named, an empty text included") {
    auto body_of = [&](std::vector<std::string> line) {
      line.insert(line.begin(), {"webhooks", "change", "7"});
      node.answers({{200, webhook}});
      auto result = node.run(line);
      CHECK(result.code == 0);
      CHECK(result.out.starts_with("webhook 7\n"));
      REQUIRE(node.requests().size() == 1);
      CHECK(node.requests()[0].line == "PATCH /api/events/webhooks/7");
      return node.requests()[0].body;
    };
    CHECK(body_of({"--description", ""}) == R"({"description":""})");
    CHECK(body_of({"--unordered", "--rate", "0"}) == R"({"ordered":false,"ratePerSecond":0.0})");
    CHECK(body_of({"--no-headers"}) == R"({"headers":{}})");
    CHECK(body_of({"--types", "*"}) == R"({"types":["*"]})");
    CHECK(body_of({"--retry-schedule", "none", "--url", "https://b.example"})
          == R"({"url":"https://b.example","retrySchedule":[]})");
  }

  TEST_CASE_FIXTURE(fixture, "delete, enable and disable say what was done") {
    node.answers({{204, ""}, {200, webhook}, {200, webhook}, {200, webhook}});
    CHECK(node.run({"webhooks", "delete", "7"}).out == "webhook 7 deleted\n");
    CHECK(node.run({"webhooks", "enable", "7"}).out == "webhook 7 enabled\n");
    CHECK(node.run({"webhooks", "disable", "7"}).out == "webhook 7 disabled\n");
    CHECK(node.run({"webhooks", "disable", "7", "--json"}).out == webhook + "\n");
    auto asked = node.requests();
    REQUIRE(asked.size() == 4);
    CHECK(asked[0].line == "DELETE /api/events/webhooks/7");
    CHECK(asked[1].line == "POST /api/events/webhooks/7/enable");
    CHECK(asked[2].line == "POST /api/events/webhooks/7/disable");
  }

  TEST_CASE_FIXTURE(fixture,
                    "rotate-secret prints the new secret, and how long the old one counts") {
    const std::string answer = R"({"secret":"whsec_n","oldExpiresAt":"2026-01-01T00:00:00Z"})";
    node.answers({{200, answer}, {200, answer}, {200, answer}});
    auto result = node.run({"webhooks", "rotate-secret", "7"});
    CHECK(result.code == 0);
    CHECK(result.out == "secret whsec_n\n");
    CHECK(holds(result.err, "2026-01-01T00:00:00Z"));
    CHECK(node.run({"webhooks", "rotate-secret", "7", "--grace", "1500ms", "--json"}).out
          == answer + "\n");
    CHECK(node.run({"webhooks", "rotate-secret", "7", "--grace", "0s", "--secret", secret})
            .out.empty());
    auto asked = node.requests();
    REQUIRE(asked.size() == 3);
    CHECK(asked[0].line == "POST /api/events/webhooks/7/rotate-secret");
    CHECK(asked[0].body == R"({"graceSeconds":86400})");
    CHECK(asked[1].body == R"({"graceSeconds":2})");
    CHECK(asked[2].body == R"({"graceSeconds":0,"secret":")" + secret + "\"}");
  }

  TEST_CASE_FIXTURE(fixture, "test succeeds if the receiver took it") {
    node.answers(
      {{200, R"({"number":1,"at":"T","url":"https://a.example","status":204,"outcome":"delivered",)"
             R"("error":"","nextReason":"a test is not repeated"})"},
       {200, R"({"number":1,"at":"T","url":"https://a.example","status":0,"outcome":"dns",)"
             R"("error":"no address","nextReason":"a test is not repeated"})"}});
    auto good = node.run({"webhooks", "test", "7"});
    CHECK(good.code == 0);
    CHECK(holds(good.out, "delivered, HTTP 204\n"));
    auto bad = node.run({"webhooks", "test", "7"});
    CHECK(bad.code == 1);
    CHECK(holds(bad.out, "dns: no address\n"));
    CHECK(node.requests()[0].line == "POST /api/events/webhooks/7/test");
  }
}
