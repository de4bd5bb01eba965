#include "actors/workers/stall_watch.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/stall_watch") {
  namespace {

  struct fixture {
    stall_watch watch{5min};
    remote_consumer consumer;
    consumer_status status;
    timestamp wall{1h};
    stall_watch::clock::time_point now{2h};

    fixture() {
      consumer.name = "loyalty";
      status.lag = 7;
    }

    void pass(std::chrono::minutes x) {
      wall += x;
      now += x;
    }

    void set_alone(bool alone) {
      watch.set_alone(alone, wall, now);
    }

    draft_ptr report() {
      return watch.report(consumer, status);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "it looks after each pause, while no worker is there") {
    CHECK(!watch.look(now));
    set_alone(true);
    CHECK(watch.alone_since() == wall);
    auto since = wall;
    pass(4min);
    set_alone(true);
    CHECK(watch.alone_since() == since);
    CHECK(!watch.look(now));
    pass(1min);
    CHECK(watch.due() == now);
    CHECK(watch.look(now));
    CHECK(!watch.look(now));
    pass(5min);
    CHECK(watch.look(now));
    set_alone(false);
    CHECK(!watch.alone_since());
    CHECK(!watch.due());
    pass(5min);
    CHECK(!watch.look(now));
  }

  TEST_CASE_FIXTURE(fixture, "events that wait are reported once for each time without workers") {
    consumer.company_id = "c1";
    set_alone(true);
    auto first = report();
    REQUIRE(first != nullptr);
    CHECK(first->type == "consumer.stalled");
    CHECK(first->company_id == "c1");
    CHECK(first->id == "stalled/loyalty/3600000000");
    CHECK(first->data.find(R"("lag":7)") != std::string::npos);
    CHECK(report() == nullptr);
    CHECK(!watch.due());
    pass(1min);
    set_alone(false);
    CHECK(report() == nullptr);
    set_alone(true);
    auto second = report();
    REQUIRE(second != nullptr);
    CHECK(second->id != first->id);
  }

  TEST_CASE_FIXTURE(fixture, "without a lag, or while it is paused, nothing is reported by now") {
    set_alone(true);
    status.lag = 0;
    CHECK(report() == nullptr);
    status.lag = 7;
    status.paused = true;
    CHECK(report() == nullptr);
    CHECK(watch.due());
    status.paused = false;
    CHECK(report() != nullptr);
  }

  TEST_CASE_FIXTURE(fixture, "without a time it never looks, and knows since when all the same") {
    stall_watch quiet;
    quiet.set_alone(true, wall, now);
    CHECK(quiet.alone_since() == wall);
    CHECK(!quiet.due());
    CHECK(!quiet.look(now + 24h));
    CHECK(quiet.report(consumer, status) == nullptr);
  }
}
