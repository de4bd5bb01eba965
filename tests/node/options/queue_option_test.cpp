#include "node/options/queue_option.hpp"

#include "node/options/options.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("node/options/queue_option") {
  TEST_CASE("pauses are durations with a separator") {
    auto pauses = parse_pauses("1m,5s,0s", ',');
    REQUIRE(pauses);
    CHECK(*pauses == std::vector<std::chrono::milliseconds>{1min, 5s, 0s});
    CHECK(to_text(*pauses, ',') == "1m,5s,0s");
    CHECK(parse_pauses("", ',')->empty());
    std::string many = "1s";
    for (int i = 0; i < 50; ++i)
      many += ",1s";
    for (const std::string bad : {"1", "1s,,2s", "1s/2s", "200h", "soon", many.c_str()}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_pauses(bad, ','));
    }
  }

  TEST_CASE("queues have settings of their own") {
    auto queues = parse_queues("exports:ack=10m:retry=10s/1m,once:retry=,thumbs:ack=5s");
    REQUIRE(queues);
    CHECK(queues->size() == 3);
    CHECK(queues->at("exports").ack_timeout == 600s);
    CHECK(queues->at("exports").retry_schedule->size() == 2);
    CHECK(queues->at("once").retry_schedule->empty());
    CHECK(!queues->at("once").ack_timeout);
    CHECK(!queues->at("thumbs").retry_schedule);
    CHECK(to_text(*queues) == "exports:ack=10m:retry=10s/1m,once:retry=,thumbs:ack=5s");
    CHECK(parse_queues("")->empty());
    for (const std::string bad :
         {"exports", "exports:", ":ack=5s", "Exports:ack=5s", "a.b:ack=5s", "email:ack=5s",
          "exports:ack=", "exports:ack=500ms", "exports:ack=2h", "exports:ack=5s:ack=6s",
          "exports:wait=5s", "exports:retry=10s 1m", "exports:ack=5s,exports:ack=6s"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_queues(bad));
    }
  }

  TEST_CASE("the options of queues reach the node") {
    serve_options x;
    for (const auto& spec : option_table()) {
      if (spec.name == "jobs-retry")
        REQUIRE(spec.set(x, "1s,2s"));
      if (spec.name == "jobs-ack-timeout")
        REQUIRE(spec.set(x, "90s"));
      if (spec.name == "queue-settings")
        REQUIRE(spec.set(x, "exports:ack=10m"));
      if (spec.name == "workers-per-queue")
        CHECK_FALSE(spec.set(x, "0"));
    }
    CHECK(x.node.engine.workers.job_retry_schedule.size() == 2);
    CHECK(x.node.engine.workers.job_ack_timeout == 90s);
    CHECK(x.node.engine.workers.queues.at("exports").ack_timeout == 600s);
  }
}
