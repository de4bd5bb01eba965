#include "node/commands/webhooks/webhooks_settings_flags.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::commands;

TEST_SUITE("node/webhooks_settings") {
  namespace {

  std::vector<uint64_t> pauses(const std::string& text) {
    auto out = parse_retry_schedule(text);
    REQUIRE(out);
    return *out;
  }

  } // namespace

  TEST_CASE("a retry schedule is seconds, or durations with a unit") {
    CHECK(pauses("60,300") == std::vector<uint64_t>{60, 300});
    CHECK(pauses("1m,5m,1h") == std::vector<uint64_t>{60, 300, 3600});
    CHECK(pauses("86400") == std::vector<uint64_t>{86'400});
    CHECK(pauses("none").empty());
    for (const char* text : {"", ",", "60,", ",60", "0", "86401", "25h", "1.5", "-1", "500ms",
                             "1500ms", "60 300", "60;300", "soon", "none,60"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_retry_schedule(text));
    }
  }

  TEST_CASE("a header is a name, a colon and a value") {
    auto check = [](const std::string& text, const std::string& name, const std::string& value) {
      CAPTURE(text);
      auto header = parse_header(text);
      REQUIRE(header);
      CHECK(header->first == name);
      CHECK(header->second == value);
    };
    check("X-Key: a b", "X-Key", "a b");
    check("X-Key:a", "X-Key", "a");
    check("X-Key: \t a:b \t", "X-Key", "a:b");
    check("X-Key:", "X-Key", "");
    check("X-Key:   ", "X-Key", "");
    for (const char* text : {"", ":", ": a", "X-Key", "X Key: a", "X-Key : a"}) {
      CAPTURE(text);
      auto header = parse_header(text);
      REQUIRE_FALSE(header);
      CHECK(header.error().code == ec::invalid_argument);
    }
  }

  TEST_CASE("only what was said is sent") {
    webhook_settings_flags x;
    CHECK(*to_settings_json(x) == "{}");
    x.url = "https://a.example/\"x\"";
    x.description = "";
    CHECK(*to_settings_json(x) == R"({"url":"https://a.example/\"x\"","description":""})");
    x = {};
    x.ordered = false;
    x.no_headers = true;
    CHECK(*to_settings_json(x) == R"({"headers":{},"ordered":false})");
    x = {};
    x.company = "acme";
    x.types = "order.*,user.login";
    x.headers = {"X-Key: a", "X-Other: \"b\""};
    x.ordered = true;
    x.max_in_flight = 3;
    x.rate = 2.5;
    x.retry_schedule = "none";
    CHECK(*to_settings_json(x, {{"kind", "ed25519"}})
          == R"({"companyId":"acme","types":["order.*","user.login"],)"
             R"("headers":{"X-Key":"a","X-Other":"\"b\""},"retrySchedule":[],"ordered":true,)"
             R"("maxInFlight":3,"ratePerSecond":2.5,"kind":"ed25519"})");
    CHECK(*to_settings_json({.private_targets = true}) == R"({"privateTargets":true})");
    CHECK(*to_settings_json({.private_targets = false}, {{"secret", "new"}})
          == R"({"privateTargets":false,"secret":"new"})");
    x.types = "Order";
    CHECK_FALSE(to_settings_json(x));
  }
}
