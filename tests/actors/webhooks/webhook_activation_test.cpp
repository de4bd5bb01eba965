#include "tests/actors/webhooks/schedule_fixture.hpp"
#include "tests/support/printing.hpp"

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/webhook_activation") {
  TEST_CASE_FIXTURE(schedule_fixture,
                    "an endpoint without work is passivated, and the next event activates it") {
    auto hook = add({});
    publish();
    run(2min, 1s);
    auto status_of = [&] { return ask<webhook_status>(hub, get_webhook_status{hook.id}); };
    CHECK(!status_of()->running);
    CHECK(!store.all.at(hook.id).webhook.active());
    publish("other.type", "c-2");
    publish();
    run(1s, 100ms);
    CHECK(status_of()->running);
    CHECK(calls.size() == 3);
    // Idle again, and after a crash.
    run(2min, 1s);
    crash();
    start();
    CHECK(!status_of()->running);
    publish();
    run(1s, 100ms);
    CHECK(calls.size() == 4);
  }

  TEST_CASE_FIXTURE(schedule_fixture,
                    "new types count for all that is published after the answer") {
    webhook_settings own;
    own.types = {*type_pattern::parse("order.created")};
    auto hook = add(own);
    for (int i = 0; i < 20; ++i) {
      publish("user.created");
      publish("order.created");
    }
    update_webhook change;
    change.id = hook.id;
    change.change.types = std::vector{*type_pattern::parse("user.*")};
    REQUIRE(ask<webhook_answer>(hub, change));
    auto from = log.head();
    publish("user.created");
    publish("order.created");
    publish("user.created");
    run(1min, 100ms);
    CHECK(offsets(hook.id, from + 1).size() == 1);
    CHECK(offsets(hook.id, from + 2).empty());
    CHECK(offsets(hook.id, from + 3).size() == 1);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "past the limit endpoints take turns, and nothing is lost") {
    crash();
    options.max_running = 3;
    start();
    for (int i = 0; i < 12; ++i)
      add({});
    publish();
    run(5min, 1s);
    for (uint64_t id = 1; id <= 12; ++id) {
      CAPTURE(id);
      CHECK(offsets(id, 1).size() == 1);
    }
    auto all = ask<webhook_overview>(hub, get_webhook_overview{});
    REQUIRE(all);
    CHECK(all->registered == 12);
    CHECK(all->waiting == 0);
  }
}
