#include "actors/consumers/consumer_settings.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <utility>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/consumer_settings") {
  namespace {

  struct nothing : effect_handler {
    void handle(const event& /*x*/, effects& /*out*/) override {
    }
  };

  consumer_target function() {
    return handler_function{[](const delivery&) { return expected<void>{}; }};
  }

  /// The field at fault; empty if the settings are valid.
  std::string fault_of(consumer_target target,
                       const std::function<void(consumer_settings&)>& change) {
    auto settings = make_settings("billing", {"order.*"}, std::move(target), {});
    REQUIRE(settings);
    change(*settings);
    auto checked = validate(*settings);
    if (!checked)
      CHECK(checked.error().code == ec::invalid_argument);
    return checked ? std::string{} : checked.error().field;
  }

  } // namespace

  TEST_CASE("a pattern that is none is refused") {
    auto made = make_settings("billing", {"order.*", "*.created"}, function(), {});
    REQUIRE(!made);
    CHECK(made.error().code == ec::invalid_argument);
  }

  TEST_CASE("settings that cannot work are refused with their field") {
    CHECK(fault_of(function(), [](auto&) {}).empty());
    CHECK(fault_of(function(), [](auto& x) { x.name = "Billing"; }) == "name");
    CHECK(fault_of(handler_function{}, [](auto&) {}) == "target");
    CHECK(fault_of(std::shared_ptr<effect_handler>{}, [](auto&) {}) == "target");
    CHECK(fault_of(caf::actor{}, [](auto&) {}) == "target");
    CHECK(fault_of(function(), [](auto& x) { x.policy.max_attempts = 0; }) == "maxAttempts");
    CHECK(fault_of(function(), [](auto& x) { x.policy.retry_schedule.clear(); })
          == "retrySchedule");
    CHECK(fault_of(function(), [](auto& x) { x.policy.window = 0; }) == "window");
    CHECK(fault_of(function(), [](auto& x) { x.policy.window = 1'000'001; }) == "window");
    CHECK(fault_of(function(), [](auto& x) { x.policy.uncommitted_events = 1'000'001; })
          == "uncommittedEvents");
    CHECK(fault_of(function(), [](auto& x) { x.policy.max_retries = 0; }) == "maxRetries");
    CHECK(fault_of(function(), [](auto& x) { x.policy.max_per_key = 0; }) == "maxPerKey");
    CHECK(fault_of(function(), [](auto& x) { x.policy.deadline = 0ms; }) == "deadline");
    CHECK(fault_of(function(), [](auto& x) { x.policy.deadline = no_deadline; }) == "deadline");
    CHECK(fault_of(std::make_shared<nothing>(),
                   [](auto& x) { x.policy.order = delivery_order::per_key; })
          == "order");
  }
}
