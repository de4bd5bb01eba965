#include "messages/ask.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("messages/ask") {
  namespace {

  struct system_config : caf::actor_system_config {
    system_config() {
      add_message_types<caf::id_block::carillon>();
      set("scheduler.max-threads", size_t{2});
    }
  };

  /// Answers numbers in several ways; tells of its thread when it is given a text.
  caf::behavior answerer(caf::event_based_actor* self, int /*CAF wants one*/) {
    return {
      [self](int x) -> caf::result<int> {
        if (x < 0)
          return to_error({ec::not_found, "there are none below zero", "x"});
        if (x == 0)
          return self->make_response_promise();
        return x + 1;
      },
      [](atom::drain) { return atom::done_v; },
      [self](const std::string&) { return is_scheduler_thread(self->system()); },
    };
  }

  struct fixture {
    system_config config;
    caf::actor_system sys{config};
    caf::actor to = sys.spawn(answerer, 0);
    std::vector<caf::actor> others;

    ~fixture() {
      caf::anon_send_exit(to, caf::exit_reason::user_shutdown);
      for (const auto& x : others)
        caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "an answer is returned, and so is a failure") {
    CHECK(ask<int>(sys, to, 10s, 1).value() == 2);
    auto none = ask<int>(sys, to, 10s, -1);
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error() == failure{ec::not_found, "there are none below zero", "x"});
  }

  TEST_CASE_FIXTURE(fixture, "an answer without a value is one of void") {
    CHECK(ask<void>(sys, to, 10s, atom::drain_v).has_value());
  }

  TEST_CASE_FIXTURE(fixture, "who does not answer in time is not waited for") {
    auto none = ask<int>(sys, to, 20ms, 0);
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == ec::timeout);
  }

  TEST_CASE_FIXTURE(fixture, "an actor that has ended is told from one that is late") {
    caf::anon_send_exit(to, caf::exit_reason::user_shutdown);
    auto none = ask<int>(sys, to, 10s, 1);
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == ec::shutting_down);
  }

  TEST_CASE_FIXTURE(fixture, "only the threads of undetached actors are the scheduler's") {
    CHECK_FALSE(is_scheduler_thread(sys));
    bool other = true;
    std::thread{[&] { other = is_scheduler_thread(sys); }}.join();
    CHECK_FALSE(other);
    CHECK(ask<bool>(sys, to, 10s, std::string{}).value());
    others.push_back(sys.spawn<caf::detached>(answerer, 0));
    CHECK_FALSE(ask<bool>(sys, others.back(), 10s, std::string{}).value());
  }
}
