#include "node/engine/engine.hpp"

#include "tests/node/engine/own_system.hpp"
#include "tests/support/printing.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("node/engine") {
  using test::eventually;

  namespace {

  struct fixture : test::own_system {
    expected<engine> node = start();

    expected<receipt> publish(int n) {
      return test::publish_order(*node, n);
    }

    consumer_status status(const std::string& name) {
      caf::scoped_actor self{sys, true};
      consumer_status out;
      self->request(node->handles().supervisor, 5s, list_consumers{})
        .receive(
          [&](const consumer_statuses& all) {
            for (const auto& x : all)
              if (x.name == name)
                out = x;
          },
          [](const caf::error&) {});
      return out;
    }

    dead_letter_page dead_letters(const std::string& consumer) {
      caf::scoped_actor self{sys, true};
      dead_letter_page out;
      list_dead_letters request;
      request.page.name = consumer;
      self->request(node->handles().state_reader.consumers, 5s, request)
        .receive([&](const dead_letter_page& x) { out = x; }, [](const caf::error&) {});
      return out;
    }
  };

  consumer_policy quick(uint32_t attempts) {
    consumer_policy out;
    out.max_attempts = attempts;
    out.retry_schedule = {10ms};
    out.deadline = 200ms;
    return out;
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture,
                    "a stored schema that is no longer taken costs its type, not the start") {
    REQUIRE(node);
    CHECK(node->start_warnings().empty());
    {
      // As stored by an earlier version, which accepted such a schema.
      caf::scoped_actor self{sys, true};
      put_event_type request;
      request.type = {.type = "old.one", .schema = R"({"type":"object","pattern":"("})"};
      bool stored = false;
      self->request(node->handles().state_writer.access, 10s, request)
        .receive([&](atom::done) { stored = true; }, [](const caf::error&) {});
      REQUIRE(stored);
    }
    node->stop();
    node = start();
    REQUIRE(node);
    REQUIRE(node->start_warnings().size() == 1);
    CHECK(node->start_warnings().front().find("old.one") != std::string::npos);
    CHECK(node->types().find("old.one") == nullptr);
    CHECK(publish(1));
  }

  TEST_CASE_FIXTURE(fixture, "a handler that throws, fails or hangs delays nobody else") {
    REQUIRE(node);
    std::mutex mutex;
    std::condition_variable released;
    bool release = false;
    std::atomic<int> good{0};
    std::atomic<int> past_the_hang{0};
    REQUIRE(node->subscribe<order_created>(
      "good", [&](const order_created&, const delivery&) { ++good; }, quick(1)));
    REQUIRE(node->subscribe<order_created>(
      "throws", [](const order_created&, const delivery&) { throw std::runtime_error("no use"); },
      quick(2)));
    REQUIRE(node->subscribe<order_created>(
      "hangs",
      [&](const order_created&, const delivery& d) {
        if (d.event->id != "e-0") {
          ++past_the_hang;
          return;
        }
        std::unique_lock guard{mutex};
        released.wait(guard, [&] { return release; });
      },
      quick(1)));
    constexpr int events = 50;
    for (int i = 0; i < events; ++i)
      REQUIRE(publish(i));
    CHECK(eventually([&] { return good == events; }));
    // The hanging handler is given up after its deadline, and the others are delivered.
    CHECK(eventually([&] { return past_the_hang == events - 1; }));
    CHECK(eventually([&] { return dead_letters("hangs").items.size() == 1; }));
    CHECK(dead_letters("hangs").items.at(0).last_error.find("200 ms") != std::string::npos);
    CHECK(eventually([&] { return dead_letters("throws").items.size() == events; }));
    CHECK(dead_letters("throws").items.at(0).last_error == "no use");
    CHECK(dead_letters("throws").items.at(0).attempts == 2);
    CHECK(dead_letters("good").items.empty());
    {
      std::lock_guard guard{mutex};
      release = true;
    }
    released.notify_all();
    CHECK(node->stop());
  }

  TEST_CASE_FIXTURE(fixture, "an actor may be a handler, and stops only itself when it dies") {
    REQUIRE(node);
    std::atomic<int> seen{0};
    auto target = sys.spawn(
      [](caf::event_based_actor*, std::atomic<int>* count) -> caf::behavior {
        return {[count](const delivery&) { ++*count; }};
      },
      &seen);
    REQUIRE(node->subscribe("by-actor", {"order.*"}, target, quick(1)));
    REQUIRE(publish(1));
    CHECK(eventually([&] { return seen == 1; }));
    caf::anon_send_exit(target, caf::exit_reason::user_shutdown);
    target = nullptr;
    REQUIRE(publish(2));
    CHECK(eventually([&] { return dead_letters("by-actor").items.size() == 1; }));
    CHECK(node->stop());
  }

  TEST_CASE_FIXTURE(fixture, "a handler has a filter, and its cursor passes what that excludes") {
    REQUIRE(node);
    const auto filter = payload_filter::parse(R"({"id":{"$in":["e-1","e-3"]}})");
    REQUIRE(filter);
    std::mutex mutex;
    std::set<std::string> seen;
    const auto note = [&](const order_created&, const delivery& d) {
      const std::lock_guard guard{mutex};
      seen.insert(d.event->id);
    };
    REQUIRE(node->subscribe<order_created>("some", note, quick(1), *filter));
    std::atomic<int> all{0};
    REQUIRE(node->subscribe<order_created>(
      "all", [&](const order_created&, const delivery&) { ++all; }, quick(1)));
    for (int i = 0; i < 5; ++i)
      REQUIRE(publish(i));
    CHECK(eventually([&] { return all == 5; }));
    CHECK(eventually([&] { return status("some").lag == 0; }));
    const std::lock_guard guard{mutex};
    CHECK(seen == std::set<std::string>{"e-1", "e-3"});
    CHECK(status("some").delivered == 2);
    CHECK(node->stats()->filtered_by_consumers == 3);
  }

  TEST_CASE_FIXTURE(fixture, "names are taken once, and patterns must be some") {
    REQUIRE(node);
    auto fn = [](const delivery&) -> expected<void> { return {}; };
    CHECK(node->subscribe_function("one", {"*"}, fn));
    CHECK(node->subscribe_function("one", {"*"}, fn).error().code == ec::conflict);
    CHECK(node->subscribe_function("audit", {"*"}, fn).error().code == ec::conflict);
    CHECK(node->subscribe_function("two", {"order"}, fn).error().code == ec::invalid_argument);
    CHECK(node->subscribe_function("No", {"*"}, fn).error().code == ec::invalid_argument);
    CHECK(node->stop());
  }

  TEST_CASE_FIXTURE(fixture, "an event is known after a restart, and its duplicate too") {
    REQUIRE(node);
    CHECK(publish(1)->seq == 1);
    CHECK(publish(1)->duplicate);
    CHECK(node->stop());
    node = start();
    REQUIRE(node);
    auto again = publish(1);
    REQUIRE(again);
    CHECK(again->duplicate);
    CHECK(again->seq == 1);
    CHECK(publish(2)->seq == 2);
    CHECK(node->not_ready().empty());
    CHECK(node->stop());
    CHECK(publish(3).error().code == ec::shutting_down);
  }
}
