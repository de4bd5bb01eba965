#include "carillon/carillon.hpp"

#include "tests/node/engine/own_system.hpp"
#include "tests/support/printing.hpp"

#include <caf/delegated.hpp>
#include <caf/event_based_actor.hpp>

#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <stdexcept>
#include <string>

using namespace carillon;
using namespace std::chrono_literals;

// An engine ends whatever its handlers do, and however its application ends.

TEST_SUITE("node/ending") {
  using test::eventually;
  using test::publish_order;

  namespace {

  consumer_policy two_attempts() {
    consumer_policy out;
    out.max_attempts = 2;
    out.retry_schedule = {10ms};
    return out;
  }

  struct fixture : test::own_system {
    expected<engine> node = start();

    size_t dead_letters(const std::string& consumer) {
      list_dead_letters request;
      request.page.name = consumer;
      auto out = ask<dead_letter_page>(sys, node->handles().state_reader.consumers, 5s,
                                       std::move(request));
      return out ? out->items.size() : 0;
    }

    /// Whether the stop was clean, and whether it ended soon after its deadline, as far as a busy
    /// machine allows.
    std::pair<bool, bool> stop(std::chrono::seconds deadline) {
      auto begin = std::chrono::steady_clock::now();
      auto clean = node->stop(deadline);
      return {clean, std::chrono::steady_clock::now() - begin < deadline + 18s};
    }
  };

  std::string text_of(const std::string& path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  /// How an application ended that was started on `directory`: its code, and what it complained of.
  std::pair<std::optional<int>, std::string> end_by(const std::string& way,
                                                    const std::string& directory) {
    const auto log = directory + "/log";
    test::process app{ENDING_APP, {directory + "/data", way}, log};
    auto line = app.read_line(60s);
    if (line != "published")
      return {std::nullopt, "not published: " + text_of(log)};
    auto code = app.wait(90s);
    return {code, text_of(log)};
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "handlers that throw or answer with errors do not delay the stop") {
    REQUIRE(node);
    auto function = [&](const std::string& name, handler_function fn) {
      return node->subscribe_function(name, {"order.*"}, std::move(fn), two_attempts());
    };
    REQUIRE(function(
      "exception", [](const delivery&) -> expected<void> { throw std::runtime_error("no use"); }));
    REQUIRE(function("number", [](const delivery&) -> expected<void> { throw 7; }));
    REQUIRE(function("failure", [](const delivery&) -> expected<void> {
      return failure{ec::invalid_argument, "no use", {}};
    }));
    auto error_actor = sys.spawn(
      [](caf::event_based_actor*, int /*CAF wants one*/) -> caf::behavior {
        return {[](const delivery&) -> caf::result<atom::done> {
          return to_error({ec::invalid_argument, "no use", {}});
        }};
      },
      0);
    auto foreign_actor = sys.spawn(
      [](caf::event_based_actor*, int /*CAF wants one*/) -> caf::behavior {
        return {[](const delivery&) -> caf::result<atom::done> { return caf::sec::runtime_error; }};
      },
      0);
    auto throwing_actor = sys.spawn(
      [](caf::event_based_actor*, int /*CAF wants one*/) -> caf::behavior {
        return {[](const delivery&) -> caf::result<atom::done> { throw 7; }};
      },
      0);
    REQUIRE(node->subscribe("error", {"order.*"}, error_actor, two_attempts()));
    REQUIRE(node->subscribe("foreign", {"order.*"}, foreign_actor, two_attempts()));
    REQUIRE(node->subscribe("throwing", {"order.*"}, throwing_actor, two_attempts()));
    REQUIRE(node->subscribe_effects<order_created>(
      "effects", [](const order_created&, const event&, effects&) { throw 7; }, two_attempts()));
    REQUIRE(publish_order(*node, 1));
    for (const auto* name :
         {"exception", "number", "failure", "error", "foreign", "throwing", "effects"})
      CHECK_MESSAGE(eventually([&] { return dead_letters(name) == 1; }), name);
    // Under way when the stop comes.
    REQUIRE(publish_order(*node, 2));
    auto [clean, in_time] = stop(20s);
    CHECK(clean);
    CHECK(in_time);
  }

  TEST_CASE_FIXTURE(fixture, "a function that never returns costs the deadline, and its thread") {
    REQUIRE(node);
    std::promise<void> release;
    std::atomic<bool> begun{false};
    auto released = release.get_future().share();
    REQUIRE(node->subscribe_function(
      "blocked", {"order.*"},
      [&begun, released](const delivery&) -> expected<void> {
        begun = true;
        released.wait();
        return {};
      },
      two_attempts()));
    REQUIRE(publish_order(*node, 1));
    REQUIRE(eventually([&] { return begun.load(); }));
    auto [clean, in_time] = stop(2s);
    CHECK_FALSE(clean);
    CHECK(in_time);
    CHECK_FALSE(node->stop()); // the same answer
    // The store is closed: another engine may have it while the thread hangs.
    node = start();
    REQUIRE(node);
    CHECK(publish_order(*node, 1)->duplicate);
    CHECK(node->stop());
    release.set_value();
  }

  TEST_CASE_FIXTURE(fixture, "an actor that never answers costs the deadline") {
    REQUIRE(node);
    std::atomic<bool> begun{false};
    auto silent = sys.spawn(
      [](caf::event_based_actor*, std::atomic<bool>* told) -> caf::behavior {
        return {[told](const delivery&) -> caf::result<atom::done> {
          *told = true;
          return caf::delegated<atom::done>{}; // as if another actor would answer
        }};
      },
      &begun);
    REQUIRE(node->subscribe("silent", {"order.*"}, std::move(silent), two_attempts()));
    REQUIRE(publish_order(*node, 1));
    REQUIRE(eventually([&] { return begun.load(); }));
    auto [clean, in_time] = stop(2s);
    CHECK_FALSE(clean);
    CHECK(in_time);
    node = start();
    REQUIRE(node);
    CHECK(publish_order(*node, 1)->duplicate);
    CHECK(node->stop());
  }

  TEST_CASE("an application ends in any order, and its event is there") {
    for (const std::string way :
         {"returns", "global_handle", "global_handle_stopped", "member_before_system",
          "handle_in_handler", "handle_in_actor", "handle_in_target", "target_of_global",
          "exit_to_all", "stops_from_everywhere", "blocked_function"}) {
      CAPTURE(way);
      test::own_system after;
      const auto ended = end_by(way, after.dir.path());
      CHECK_MESSAGE(ended.first == 0, ended.second);
      auto node = after.start();
      REQUIRE(node);
      CHECK(
        node->publish(order_created{.company_id = "c", .order_id = "o"}, {.id = "e-1"})->duplicate);
      CHECK(node->stop());
    }
  }
}
