#include "actors/webhooks/webhook_registry.hpp"

#include "tests/support/events.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <vector>

using namespace carillon;
using carillon::test::make_event;

TEST_SUITE("actors/webhook_registry") {
  namespace {

  webhook hook(uint64_t id) {
    webhook out;
    out.id = id;
    return out;
  }

  struct fixture {
    std::shared_ptr<webhook_index> index = std::make_shared<webhook_index>();
    bound_ptr places = std::make_shared<bound>("webhooks", "webhooks", 2, 4.0);
    webhook_registry registry{index, places};

    /// The matcher finds an event.
    void match(position seq) const {
      std::vector<uint64_t> ids;
      std::vector<webhook_activation> activated;
      index->match(*make_event(seq), ids, activated);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a reserved place counts until the webhook is put") {
    registry.put(hook(1));
    auto place = registry.reserve("");
    REQUIRE(place);
    auto none = registry.reserve("");
    REQUIRE(!none);
    CHECK(none.error().code == ec::overloaded);
    *place = bound_lease{};
    registry.put(hook(2));
    CHECK(!registry.reserve(""));
    registry.erase(1);
    CHECK(registry.reserve(""));
    CHECK(registry.index().size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "an unknown webhook is not enabled and has no status") {
    CHECK(!registry.find(1));
    CHECK(!registry.is_enabled(1));
    auto none = registry.status(1);
    REQUIRE(!none);
    CHECK(none.error().code == ec::not_found);
    CHECK(none.error().field == "id");
  }

  TEST_CASE_FIXTURE(fixture, "an idle webhook is as far as the events were matched") {
    registry.start_at(5);
    registry.put(hook(1));
    registry.matched(20);
    registry.matched(10);
    CHECK(registry.matched_to() == 20);
    auto now = registry.status(1);
    REQUIRE(now);
    CHECK(now->consumer.name == "webhook.1");
    CHECK(!now->running);
    CHECK(!now->consumer.paused);
    CHECK(now->consumer.cursor == 20);
    CHECK(now->consumer.lag == 0);
    CHECK(now->consumer.last_error.empty());
  }

  TEST_CASE_FIXTURE(fixture, "an active webhook lags from the event that activated it") {
    registry.start_at(5);
    registry.put(hook(1));
    match(7);
    registry.matched(20);
    auto now = registry.status(1);
    REQUIRE(now);
    CHECK(now->consumer.cursor == 6);
    CHECK(now->consumer.lag == 14);
    CHECK(webhook_registry::idle_to(*registry.find(1)) == 6);
  }

  TEST_CASE_FIXTURE(fixture, "a passivated webhook is idle up to the last matched event") {
    registry.start_at(5);
    registry.put(hook(1));
    match(7);
    CHECK(!registry.passivate(1, 6));
    auto up_to = registry.passivate(1, 7);
    REQUIRE(up_to);
    CHECK(*up_to >= 7);
    CHECK(webhook_registry::idle_to(*registry.find(1)) == *up_to);
  }

  TEST_CASE_FIXTURE(fixture, "a starting endpoint reads what was matched before its last change") {
    registry.start_at(5);
    registry.put(hook(1));
    CHECK(registry.reads_to(*registry.find(1)) == 5);
    // The matcher is ahead of the segments that have arrived.
    match(9);
    registry.put(hook(1));
    CHECK(registry.matched_to() == 5);
    CHECK(registry.reads_to(*registry.find(1)) == 9);
    registry.matched(12);
    CHECK(registry.reads_to(*registry.find(1)) == 12);
  }

  TEST_CASE_FIXTURE(fixture, "webhooks wait for a place once each, in their order") {
    for (uint64_t id : {1, 2})
      registry.put(hook(id));
    for (uint64_t id : {2, 1, 2})
      registry.enqueue(id);
    CHECK(registry.waiting() == 2);
    CHECK(registry.status(1)->consumer.last_error
          == "waits for its turn: too many webhooks are at work");
    CHECK(registry.next_waiting() == std::optional<uint64_t>{2});
    CHECK(registry.status(2)->consumer.last_error.empty());
    registry.enqueue(2);
    CHECK(registry.next_waiting() == std::optional<uint64_t>{1});
    CHECK(registry.next_waiting() == std::optional<uint64_t>{2});
    CHECK(!registry.next_waiting());
    registry.enqueue(1);
    registry.forget_waiting();
    CHECK(registry.waiting() == 0);
    CHECK(!registry.next_waiting());
  }

  TEST_CASE_FIXTURE(fixture, "an enabled webhook is disabled once at a time") {
    CHECK(!registry.begin_disabling(1));
    auto x = hook(1);
    registry.put(x);
    CHECK(registry.begin_disabling(1));
    CHECK(!registry.begin_disabling(1));
    registry.end_disabling(1);
    CHECK(registry.begin_disabling(1));
    registry.end_disabling(1);
    x.enabled = false;
    registry.put(x);
    CHECK(!registry.begin_disabling(1));
    CHECK(!registry.is_enabled(1));
    CHECK(registry.status(1)->consumer.paused);
    CHECK(registry.index().disabled() == 1);
  }
}
