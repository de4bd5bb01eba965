#include "carillon/carillon.hpp"

#include "tests/node/engine/own_system.hpp"
#include "tests/support/printing.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>

using namespace carillon;
using namespace std::chrono_literals;

// What an application shares with its engines: the actor system, the threads and descriptors of the
// process.

TEST_SUITE("node/shared_system") {
  using test::eventually;
  using test::publish_order;

  namespace {

  using fixture = test::own_system;

  size_t entries_of(const std::string& directory) {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator{directory}, {}));
  }

  /// What an engine must give back.
  struct usage {
    size_t descriptors;
    size_t threads;
    size_t actors;

    static usage of(caf::actor_system& sys) {
      return {entries_of("/proc/self/fd"), entries_of("/proc/self/task"), sys.registry().running()};
    }

    bool within(const usage& x) const {
      return descriptors <= x.descriptors && threads <= x.threads && actors <= x.actors;
    }
  };

  /// Counts orders, and jobs of the queue `shared`.
  struct counts {
    std::atomic<int> orders{0};
    std::atomic<int> jobs{0};

    bool add_to(engine& x) {
      struct runner final : job_runner {
        explicit runner(std::atomic<int>& to) : count(to) {
        }
        job_outcome run(const job&, std::chrono::steady_clock::time_point) override {
          ++count;
          return job_outcome::done();
        }
        std::atomic<int>& count;
      };
      job_queue queue;
      queue.name = "shared";
      queue.make = [this] { return std::make_unique<runner>(jobs); };
      auto subscribed = x.subscribe<order_created>(
        "shared", [this](const order_created&, const delivery&) { ++orders; });
      return subscribed && x.add_job_queue(std::move(queue));
    }
  };

  expected<enqueued_job> enqueue(engine& to, const std::string& key) {
    return to.enqueue(
      {.kind = "shared.x", .key = key, .payload = "{}", .company_id = {}, .run_at = {}});
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "two engines on one actor system know nothing of each other") {
    // They outlive the engines.
    counts of_first;
    counts of_second;
    auto first = start({}, "first");
    auto second = start({}, "second");
    REQUIRE(first);
    REQUIRE(second);
    CHECK(start({}, "first").error().code == ec::store_locked);
    REQUIRE(of_first.add_to(*first));
    REQUIRE(of_second.add_to(*second));
    for (int n = 1; n <= 10; ++n) {
      CHECK(publish_order(*first, n)->seq == static_cast<position>(n));
      CHECK_FALSE(publish_order(*second, n)->duplicate);
    }
    publish_order(*second, 11);
    CHECK_FALSE(enqueue(*first, "k")->duplicate);
    CHECK_FALSE(enqueue(*second, "k")->duplicate);
    CHECK(eventually([&] { return of_first.orders == 10 && of_first.jobs == 1; }));
    CHECK(eventually([&] { return of_second.orders == 11 && of_second.jobs == 1; }));
    CHECK(first->stats()->head == 10);
    CHECK(second->stats()->head == 11);

    std::atomic<bool> fault{false};
    second->on_fault([&](const std::string&) { fault = true; });
    CHECK(first->stop());
    CHECK(publish_order(*first, 20).error().code == ec::shutting_down);
    CHECK(second->not_ready().empty());
    CHECK(publish_order(*second, 20)->seq == 12);
    CHECK(eventually([&] { return of_second.orders == 12; }));
    first = start({}, "first");
    REQUIRE(first);
    REQUIRE(of_first.add_to(*first));
    CHECK(publish_order(*first, 10)->duplicate);
    CHECK(publish_order(*first, 20)->seq == 11);
    CHECK(eventually([&] { return of_first.orders == 11; }));
    CHECK_FALSE(fault);
    CHECK(second->stop());
    CHECK(publish_order(*first, 21)->seq == 12);
    CHECK(first->stop());
    CHECK(of_second.orders == 12);
  }

  TEST_CASE_FIXTURE(fixture, "a hundred engines, one after the other, leave nothing") {
    auto begin = std::chrono::steady_clock::now();
    auto run_one = [&](int n) {
      counts seen;
      auto node = start();
      REQUIRE(node);
      REQUIRE(seen.add_to(*node));
      REQUIRE(publish_order(*node, n));
      REQUIRE(enqueue(*node, std::to_string(n)));
      REQUIRE(eventually([&] { return seen.orders > 0 && seen.jobs > 0; }));
      REQUIRE(node->stop());
    };
    auto most = usage::of(sys);
    most.actors = 0;
    most.threads += 2; // CAF starts one for itself when it is needed
    int n = 0;
    while (n < 5)
      run_one(++n);
    // The threads of an engine end after its handle.
    CHECK(eventually([&] { return usage::of(sys).threads <= most.threads; }));
    most.descriptors = usage::of(sys).descriptors;
    while (n < 105)
      run_one(++n);
    CHECK(eventually([&] { return usage::of(sys).within(most); }));
    auto after = usage::of(sys);
    CHECK(after.descriptors <= most.descriptors);
    CHECK(after.threads <= most.threads);
    CHECK(after.actors == 0);
    auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin);
    std::cout << "105 starts and stops: " << took.count() << " s, " << after.descriptors
              << " descriptors, " << after.threads << " threads\n";
  }

  TEST_CASE("an engine in an empty directory is ready at once") {
    // Printed, for people: a busy machine is no fault of the engine.
    std::vector<std::chrono::milliseconds> times;
    for (int i = 0; i < 5; ++i) {
      test::temporary_directory dir;
      auto begin = std::chrono::steady_clock::now();
      test::system_config cfg;
      caf::actor_system sys{cfg};
      auto node = engine::start(sys, {.storage = {.url = "sqlite://" + dir.path() + "/data"}});
      REQUIRE(node);
      REQUIRE(eventually([&] { return node->not_ready().empty(); }));
      REQUIRE(publish_order(*node, 1));
      times.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin));
      CHECK(node->stop());
    }
    std::sort(times.begin(), times.end());
    std::cout << "from an empty directory to ready, with an event: median " << times[2].count()
              << " ms, at most " << times.back().count() << " ms\n";
    CHECK(times[2] < 10s);
  }
}
