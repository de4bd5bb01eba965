#include "node/engine/engine.hpp"

#include "tests/node/engine/own_system.hpp"
#include "tests/support/printing.hpp"

#include <caf/send.hpp>

#include <chrono>
#include <future>
#include <set>

using namespace carillon;
using namespace std::chrono_literals;

// Every actor of the engine ends in turn, as if by an exception: the engine reports which one,
// nothing hangs, and acknowledged events are there after the next start.

TEST_SUITE("node/supervision") {
  namespace {

  struct fixture : test::own_system {
    expected<engine> start() {
      engine_options options;
      options.publish_deadline = 2s;
      return own_system::start(options);
    }

    static std::future<expected<receipt>> publish(engine& to, int n) {
      return std::async(std::launch::async, [&to, n] { return test::publish_order(to, n); });
    }
  };

  caf::actor actor_of(const engine& x, const std::string& name) {
    for (const auto& [known, actor] : x.actors())
      if (known == name)
        return actor;
    return {};
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "an engine ends with a clear line when any of its actors does") {
    std::vector<std::string> names;
    {
      auto node = start();
      REQUIRE(node);
      for (const auto& [name, actor] : node->actors())
        names.push_back(name);
      CHECK(node->stop(20s));
    }
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
    for (const auto* part : {"the log writer", "the router", "the indexer", "the checkpointer",
                             "the writer of the state", "the reader of the state",
                             "the reader of handlers", "the sealer of the log", "the webhook hub",
                             "the session hub", "the job dispatcher", "the supervisor of handlers"})
      CHECK_MESSAGE(std::find(names.begin(), names.end(), part) != names.end(), part);
    int n = 0;
    for (const auto& name : names) {
      CAPTURE(name);
      auto node = start();
      REQUIRE(node);
      REQUIRE(publish(*node, ++n).get());
      std::promise<std::string> told;
      node->on_fault([&](std::string reason) { told.set_value(std::move(reason)); });
      caf::anon_send_exit(actor_of(*node, name), caf::exit_reason::unhandled_exception);
      auto reason = told.get_future();
      REQUIRE(reason.wait_for(20s) == std::future_status::ready);
      CHECK(reason.get().starts_with(name + " ended: "));
      auto late = publish(*node, 1'000 + n);
      CHECK(late.wait_for(20s) == std::future_status::ready);
      auto ready = std::async(std::launch::async, [&] { return node->not_ready(); });
      REQUIRE(ready.wait_for(20s) == std::future_status::ready);
      if (name == "the router")
        CHECK(ready.get() == "router");
      else if (name == "the reader of the state")
        CHECK(ready.get() == "state store");
      else if (name == "the supervisor of handlers")
        CHECK(ready.get() == "handlers");
      // Consumers cannot store their cursors without it.
      const auto clean = name != "the writer of the state";
      CHECK(node->stop(clean ? 20s : 4s) == clean);
    }
    auto node = start();
    REQUIRE(node);
    for (int i = 1; i <= n; ++i)
      CHECK(publish(*node, i).get()->duplicate);
    CHECK(node->stop(20s));
  }

  TEST_CASE_FIXTURE(fixture, "a fault before anybody listens is told to the first listener, once") {
    auto node = start();
    REQUIRE(node);
    caf::anon_send_exit(actor_of(*node, "the checkpointer"), caf::exit_reason::kill);
    caf::anon_send_exit(actor_of(*node, "the indexer"), caf::exit_reason::kill);
    // The first of both is reported.
    std::promise<std::string> told;
    node->on_fault([&](std::string reason) { told.set_value(std::move(reason)); });
    CHECK(told.get_future().wait_for(20s) == std::future_status::ready);
    CHECK(node->stop(20s));
  }
}
