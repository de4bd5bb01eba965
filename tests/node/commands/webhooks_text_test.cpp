#include "node/commands/webhooks/webhooks_history.hpp"
#include "node/commands/webhooks/webhooks_text.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <string>

using namespace carillon::commands;

TEST_SUITE("node/webhooks_text") {
  namespace {

  rapidjson::Document parse(const std::string& json) {
    rapidjson::Document out;
    out.Parse(json.c_str(), json.size());
    REQUIRE_FALSE(out.HasParseError());
    return out;
  }

  bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  } // namespace

  TEST_CASE("control characters and broken UTF-8 are escaped, the rest stays") {
    CHECK(carillon::printable("plain, Grüße, 日本") == "plain, Grüße, 日本");
    CHECK(carillon::printable("\x1b[2J\r\n\t") == "\\x1b[2J\\x0d\\x0a\\x09");
    CHECK(carillon::printable("\x7f") == "\\x7f");
    CHECK(carillon::printable("a\xc2\x9b"
                              "b")
          == "a\\xc2\\x9bb");
    CHECK(carillon::printable("caf\xc2\xa0\xc3\xa9") == "caf\xc2\xa0\xc3\xa9");
    CHECK(carillon::printable("\x9b\xff") == "\\x9b\\xff");
    CHECK(carillon::printable(std::string{"a\0b", 3}) == "a\\x00b");
    CHECK(carillon::printable("\xc2") == "\\xc2");
    CHECK(carillon::printable("").empty());
  }

  TEST_CASE("a webhook is told with everything that was set") {
    auto text = webhook_text(parse(R"({"id":3,"companyId":"acme","url":"https://a.example/x",
      "types":["order.*","user.login"],"enabled":false,"disabledReason":"gone","failingSince":null,
      "ordered":false,"maxInFlight":4,"ratePerSecond":12.5,"retrySchedule":[60,300],
      "headers":{"authorization":"***"},"description":"the \u001b[31mshop","createdAt":"2026-01-01T00:00:00.000000Z",
      "updatedAt":"2026-01-02T00:00:00.000000Z","publicKey":"whpk_x",
      "secrets":[{"createdAt":"T2","expiresAt":null},{"createdAt":"T1","expiresAt":"T3"}],
      "status":{"running":true,"cursor":42,"lag":7,"lagSeconds":1.5,"inFlight":1,"retrying":2,
                "deadLetters":3,"lastError":"HTTP 500"}})"));
    for (const char* part :
         {"webhook 3\n", "url           https://a.example/x\n", "company       acme\n",
          "types         order.*, user.login\n", "state         disabled: gone\n",
          "attempts      4 at a time\n", "rate          12.5 per second\n",
          "retries after 60 s, 300 s\n", "headers       authorization (values are not shown)\n",
          "description   the \\x1b[31mshop\n", "public key    whpk_x\n",
          "secrets       made T2; made T1, signs until T3\n",
          "cursor        42, 7 events behind (1.5 s), at work\n",
          "deliveries    1 in flight, 2 wait for a retry, 3 given up\n",
          "last error    HTTP 500\n"})
      CHECK_MESSAGE(holds(text, part), part, " is not in\n", text);
    CHECK_FALSE(holds(text, "***"));
  }

  TEST_CASE("what is not set is said in words") {
    auto text = webhook_text(parse(R"({"id":1,"companyId":null,"url":"https://a.example","types":[],
      "enabled":true,"failingSince":"T","ordered":true,"maxInFlight":8,"ratePerSecond":0,
      "retrySchedule":[],"headers":{}})"));
    for (const char* part :
         {"company       every\n", "types         every\n", "state         failing since T\n",
          "attempts      one at a time, in the order of the log\n", "rate          no limit\n",
          "retries after none\n", "headers       none\n"})
      CHECK_MESSAGE(holds(text, part), part, " is not in\n", text);
    CHECK_FALSE(holds(text, "cursor"));
  }

  TEST_CASE("a delivery's history tells each attempt, and what comes next and why") {
    auto text
      = history_text(parse(R"json({"id":"3-42","webhookId":3,"seq":42,"replayId":0,"eventId":"o-1",
      "eventType":"order.created","companyId":"acme","state":"retrying","lastStatus":503,
      "nextAttemptAt":"T4","attempts":[
      {"number":1,"at":"T1","trigger":"live","url":"https://a.example/x","status":0,
       "outcome":"timeout","error":"no answer within 15000 ms","remoteAddress":"192.0.2.7:443",
       "phases":{"dnsMs":1.25,"connectMs":20,"tlsMs":41.5,"firstByteMs":null,"totalMs":15000},
       "responseBody":"","nextAttemptAt":"T2","nextReason":"schedule: 60 s after attempt 1"},
      {"number":2,"at":"T2","trigger":"retry","url":"https://a.example/x","status":503,
       "outcome":"slowed_down","error":"","remoteAddress":"192.0.2.7:443",
       "phases":{"dnsMs":0,"connectMs":0,"tlsMs":0,"firstByteMs":3,"totalMs":3.5},
       "responseBody":"busy\r\n\u001b]0;you\u0007","nextAttemptAt":"T4",
       "nextReason":"the receiver asked for a pause of 900 s (Retry-After)"}]
  })json"));
    CHECK(text
          == "delivery 3-42: retrying after 2 attempts\n"
             "  event   42, order.created, id o-1, of acme\n"
             "  webhook 3\n"
             "\nattempt 1 (live)\n"
             "  T1  POST https://a.example/x at 192.0.2.7:443\n"
             "    timeout: no answer within 15000 ms\n"
             "    name resolved after 1.2 ms, connected after 20.0 ms, TLS after 41.5 ms, "
             "end after 15000 ms\n"
             "    next attempt T2: schedule: 60 s after attempt 1\n"
             "\nattempt 2 (retry)\n"
             "  T2  POST https://a.example/x at 192.0.2.7:443\n"
             "    slowed_down, HTTP 503\n"
             "    over a connection that was open, first byte after 3.0 ms, end after 3.5 ms\n"
             "    | busy\n"
             "    | \\x1b]0;you\\x07\n"
             "    next attempt T4: the receiver asked for a pause of 900 s (Retry-After)\n");
  }

  TEST_CASE("a delivery that somebody moved says so") {
    auto text = history_text(parse(R"({"id":"3-42","state":"retrying","nextAttemptAt":"T3",
      "attempts":[{"number":1,"at":"T1","nextAttemptAt":"T2","nextReason":"schedule"}]})"));
    CHECK(holds(text, "    next attempt T2: schedule\n"));
    CHECK(text.ends_with("\nnext attempt T3: somebody asked for it\n"));
  }

  TEST_CASE("an end is told, too, and a long answer is cut between characters") {
    std::string body(999, 'x');
    body += "é" + std::string(50, 'y');
    auto text
      = attempt_text(parse(R"({"number":6,"at":"T","trigger":"retry","url":"https://a.example",
      "status":500,"outcome":"refused","error":"","remoteAddress":"","nextAttemptAt":null,
      "nextReason":"given up: attempt 6 was the last of the schedule","responseBody":")"
                           + body + "\"}"));
    CHECK(holds(text, "    | " + std::string(999, 'x') + "\n    (1051 bytes, --json has them)\n"));
    CHECK(holds(text, "    given up: attempt 6 was the last of the schedule\n"));
    CHECK_FALSE(holds(text, " at \n"));
  }

  TEST_CASE("an answer without the members that were expected is no crash") {
    for (const char* json :
         {"{}", R"({"id":"x","attempts":"y","phases":[],"secrets":[1],"status":[]})",
          R"({"attempts":[1,{}],"headers":[],"types":{},"retrySchedule":[null]})"}) {
      auto x = parse(json);
      CHECK_FALSE(webhook_text(x).empty());
      CHECK_FALSE(webhook_row(x).empty());
      CHECK_FALSE(delivery_row(x).empty());
      CHECK_FALSE(attempt_text(x).empty());
      CHECK_FALSE(history_text(x).empty());
    }
  }
}
