#include "actors/log/log_watcher.hpp"

#include "messages/actor_defaults.hpp"
#include "tests/support/deterministic.hpp"

#include <deque>

using namespace carillon;

TEST_SUITE("actors/log_watcher") {
  namespace {

  /// Answers the scripted results; afterwards it reports nothing.
  class scripted_follower : public log_follower {
  public:
    std::deque<expected<position>> answers;

    expected<position> wait() override {
      if (answers.empty())
        return position{0};
      auto out = answers.front();
      answers.pop_front();
      return out;
    }

    void stop() noexcept override {
    }
  };

  struct fixture : test::deterministic {
    std::shared_ptr<scripted_follower> follower = std::make_shared<scripted_follower>();
    log_watcher_actor aut;
    std::optional<caf::error> ended;

    ~fixture() {
      stop(aut);
    }

    void start() {
      aut = sys.spawn(log_watcher, follower, router_actor{});
      self->monitor(aut);
    }

    /// Some turns: it never rests.
    void turn() {
      for (int i = 0; i < 10; ++i)
        sched.try_run_once();
      self->receive([&](const caf::down_msg& x) { ended = x.reason; },
                    caf::after(std::chrono::seconds{0}) >> [] {});
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a store that is away is waited for") {
    follower->answers = {failure{ec::store_unavailable, "away", {}}, position{0}};
    start();
    turn();
    CHECK_FALSE(ended);
  }

  TEST_CASE_FIXTURE(fixture,
                    "a store that another node has taken over ends the watch, with the reason") {
    follower->answers = {position{0}, failure{ec::store_locked, "taken over", "store"}};
    start();
    turn();
    REQUIRE(ended);
    CHECK(*ended == ec::store_locked);
    CHECK(to_failure(*ended).detail == "taken over");
  }
}
