#include "tests/actors/jobs/job_world.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

// Random jobs and random faults: each job always ends done or dead.

TEST_SUITE("actors/job_chaos") {
  namespace {

  struct chaos : job_world {
    std::minstd_rand dice;
    bool healed = false;
    uint64_t total = 0;

    size_t roll(size_t n) {
      return std::uniform_int_distribution<size_t>{0, n - 1}(dice);
    }

    job_plan random_plan() {
      if (healed)
        return {};
      job_plan out;
      out.takes = std::chrono::milliseconds{roll(3) == 0 ? roll(8'000) : 0};
      switch (roll(8)) {
      case 0:
        out.outcome = job_outcome::failed("no");
        break;
      case 1:
        if (roll(4) == 0)
          out.outcome = job_outcome::hopeless("never");
        break;
      case 2:
        out.crashes = roll(4) == 0;
        break;
      default:
        break;
      }
      return out;
    }

    void add_jobs() {
      const char* kinds[] = {"a.x", "a.y", "b.x"};
      auto n = roll(10) == 0 ? 200 : 1 + roll(4);
      auto delay = std::chrono::seconds{roll(3) == 0 ? roll(120) : 0};
      enqueue(kinds[roll(3)], n, static_cast<int32_t>(roll(5)), now() + delay);
      total += n;
    }

    void trouble() {
      switch (roll(12)) {
      case 0:
        store.broken = !store.broken;
        break;
      case 1:
        store.cannot_finish = !store.cannot_finish;
        break;
      case 2:
        store.cannot_lease = !store.cannot_lease;
        break;
      case 3:
        static_cast<void>(pause(roll(2) == 0 ? "a" : "b", roll(2) == 0));
        break;
      default:
        break;
      }
    }

    void heal() {
      healed = true;
      store.broken = store.cannot_finish = store.cannot_lease = false;
      REQUIRE(pause("a", false));
      REQUIRE(pause("b", false));
      pass_in_steps(30min, 500ms);
    }

    void run(uint32_t seed, bool with_crashes) {
      CAPTURE(seed);
      dice.seed(seed);
      plan = [this](const job&) { return random_plan(); };
      has_queue("a", 3);
      has_queue("b").deadline = 10s;
      start();
      for (int step = 0; step < 150; ++step) {
        add_jobs();
        trouble();
        pass_in_steps(std::chrono::milliseconds{roll(3'000)}, 250ms);
        if (with_crashes && roll(10) == 0) {
          crash();
          start();
        }
      }
      heal();
      CHECK(store.count(job_state::done) + store.count(job_state::dead) == total);
      CHECK(most_under_way["a"] <= 3);
      CHECK(most_under_way["b"] <= 1);
      std::map<uint64_t, size_t> begins;
      for (const auto& x : begun)
        ++begins[x.id];
      for (const auto& [id, x] : store.jobs) {
        CAPTURE(id);
        CHECK(begins[id] >= 1);
        if (x.state == job_state::done)
          CHECK(succeeded[id] >= 1);
        if (with_crashes)
          continue;
        CHECK(succeeded[id] == (x.state == job_state::done ? 1 : 0));
        CHECK(begins[id] == x.attempts);
      }
    }
  };

  constexpr uint32_t seeds = 8;

  } // namespace

  TEST_CASE("without a crash each job ends well once at most, whatever the store does") {
    for (uint32_t seed = 1; seed <= seeds; ++seed)
      chaos{}.run(seed, false);
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    chaos{}.run(seed, false);
  }

  TEST_CASE("across crashes each job ends, done or dead, and was begun at least once") {
    for (uint32_t seed = 1; seed <= seeds; ++seed)
      chaos{}.run(seed, true);
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    chaos{}.run(seed, true);
  }
}
