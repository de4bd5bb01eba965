#include "actors/jobs/job_worker.hpp"
#include "tests/actors/jobs/job_world.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

// Workers that hang or crash, runners that throw, stores that fail.

TEST_SUITE("actors/job_faults") {
  namespace {

  /// A runner that is a function.
  class function_runner final : public job_runner {
  public:
    using function = std::function<job_outcome(const job&, std::chrono::steady_clock::time_point)>;

    explicit function_runner(function fn) : fn_(std::move(fn)) {
    }

    job_outcome run(const job& x, std::chrono::steady_clock::time_point deadline) override {
      return fn_(x, deadline);
    }

  private:
    function fn_;
  };

  job_outcome run_by(std::function<std::unique_ptr<job_runner>()> make) {
    auto queue = std::make_shared<job_queue>();
    queue->make = std::move(make);
    job_worker_state worker;
    worker.queue = queue;
    return worker.run(job{});
  }

  size_t hanging(const job_world& w, const std::string& queue) {
    auto i = w.under_way.find(queue);
    return i == w.under_way.end() ? 0 : i->second;
  }

  } // namespace

  // -- runners --------------------------------------------------------------------

  TEST_CASE("whatever a runner throws is a failure that is worth another try") {
    auto with = [](function_runner::function fn) {
      return run_by([fn] { return std::make_unique<function_runner>(fn); });
    };
    auto thrown
      = with([](const auto&, auto) -> job_outcome { throw std::runtime_error("no use"); });
    CHECK(thrown.what == job_outcome::verdict::failed);
    CHECK(thrown.error == "no use");
    CHECK(with([](const auto&, auto) -> job_outcome { throw 1; }).what
          == job_outcome::verdict::failed);
    CHECK(with([](const auto&, auto) { return job_outcome::hopeless("x"); }).what
          == job_outcome::verdict::hopeless);
    auto in_time = with([](const auto&, auto deadline) {
      auto left = deadline - std::chrono::steady_clock::now();
      return left > 20s && left <= 30s ? job_outcome::done() : job_outcome::failed("deadline");
    });
    CHECK(in_time.what == job_outcome::verdict::done);
  }

  TEST_CASE("a runner that cannot be made is made again for the next job") {
    int made = 0;
    auto queue = std::make_shared<job_queue>();
    queue->make = [&]() -> std::unique_ptr<job_runner> {
      if (++made == 1)
        throw std::runtime_error("not yet");
      if (made == 2)
        return nullptr;
      return std::make_unique<function_runner>(
        [](const auto&, auto) { return job_outcome::done(); });
    };
    job_worker_state worker;
    worker.queue = queue;
    CHECK(worker.run(job{}).error == "not yet");
    CHECK(worker.run(job{}).what == job_outcome::verdict::failed);
    CHECK(worker.run(job{}).what == job_outcome::verdict::done);
    CHECK(worker.run(job{}).what == job_outcome::verdict::done);
    CHECK(made == 3);
  }

  // -- workers --------------------------------------------------------------------

  TEST_CASE_FIXTURE(job_world, "a clock that is set forward has no job done twice at a time") {
    has_queue("a", 2).deadline = 60s;
    plan = [](const job&) { return job_plan{.takes = 20s}; };
    start();
    enqueue("a.x");
    pass_in_steps(1s, 100ms);
    REQUIRE(begun.size() == 1);
    // By then every lease has ended.
    shift = 1h;
    pass_in_steps(30s, 100ms);
    CHECK(begun.size() == 1);
    CHECK(at(1).state == job_state::done);
    CHECK(ended("a", job_end::done) == 1);
  }

  TEST_CASE_FIXTURE(job_world, "a job that hangs is given up, and another worker takes over") {
    has_queue("a").deadline = 10s;
    plan = [](const job& x) { return job_plan{.hangs = x.id == 1 && x.attempts == 1}; };
    start();
    enqueue("a.x", 3);
    pass_in_steps(10s + options.overdue_grace - 200ms, 100ms);
    CHECK(begun.size() == 1);
    pass_in_steps(400ms, 100ms);
    CHECK(begun_ids() == std::vector<uint64_t>{1, 2, 3});
    CHECK(at(1).state == job_state::queued);
    CHECK(at(1).last_error == "no end within 10000 ms");
    CHECK(ended("a", job_end::timeout) == 1);
    pass_in_steps(70s, 500ms);
    CHECK(at(1).state == job_state::done);
    CHECK(workers.size() == 2);
  }

  TEST_CASE_FIXTURE(job_world, "the late end of a job that was given up counts for nothing") {
    has_queue("a").deadline = 10s;
    plan = [](const job& x) {
      return x.attempts == 1 ? job_plan{.takes = 40s} : job_plan{.takes = 1h};
    };
    start();
    enqueue("a.x");
    pass_in_steps(50s, 500ms);
    CHECK(at(1).state == job_state::queued);
    CHECK(ended("a", job_end::done) == 0);
    CHECK(succeeded[1] == 1);
  }

  TEST_CASE_FIXTURE(job_world, "threads that hang are bounded; the queue waits for one of them") {
    has_queue("a", 2).deadline = 1s;
    has_queue("b");
    options.max_stuck_threads = 3;
    plan = [](const job& x) {
      return queue_of(x.kind) == "a" && x.id <= 20 ? job_plan{.takes = 30min} : job_plan{};
    };
    start();
    enqueue("a.x", 20);
    pass_in_steps(20s, 100ms);
    CHECK(hanging(*this, "a") <= options.max_stuck_threads + 1);
    auto so_far = begun.size();
    auto later = enqueue("a.x");
    enqueue("b.x", 10);
    pass_in_steps(1min, 1s);
    CHECK(begun.size() == so_far + 10);
    CHECK(at(later).state == job_state::queued);
    // No job is leased without a worker for it.
    CHECK(store.count(job_state::running) == 0);
    plan = [](const job&) { return job_plan{}; };
    pass_in_steps(2h, 1s);
    CHECK(at(later).state == job_state::done);
    CHECK(hanging(*this, "a") == 0);
  }

  TEST_CASE_FIXTURE(job_world, "a worker that dies costs its job an attempt, and is replaced") {
    has_queue("a");
    plan = [](const job& x) { return job_plan{.crashes = x.attempts == 1}; };
    start();
    enqueue("a.x", 3);
    CHECK(begun.size() == 3);
    CHECK(at(1).last_error == "its worker ended");
    pass_in_steps(2min, 500ms);
    CHECK(store.count(job_state::done) == 3);
  }

  TEST_CASE_FIXTURE(job_world, "a job that was begun again and again without an end is given up") {
    has_queue("a");
    start();
    job_draft draft{.kind = "a.x", .key = "1", .payload = "{}"};
    store.add(draft).attempts = 3 + options.max_lost_attempts - 1;
    store.add(draft).attempts = 3 + options.max_lost_attempts;
    store.tell();
    deliver();
    CHECK(at(1).state == job_state::done);
    CHECK(at(2).state == job_state::dead);
    CHECK(at(2).last_error == "it was begun 23 times, and never came to an end");
    CHECK(begun_ids() == std::vector<uint64_t>{1});
  }

  // -- the store ------------------------------------------------------------------

  TEST_CASE_FIXTURE(job_world, "nothing is leased until old leases are released") {
    store.broken = true;
    has_queue("a");
    start();
    enqueue("a.x");
    pass_in_steps(30s, 100ms);
    CHECK(store.leases.empty());
    store.broken = false;
    pass_in_steps(options.max_store_pause + 1s, 100ms);
    CHECK(store.releases == 1);
    CHECK(at(1).state == job_state::done);
  }

  TEST_CASE_FIXTURE(job_world, "an end that cannot be recorded is kept and recorded later") {
    has_queue("a", 2);
    start();
    plan = [](const job&) { return job_plan{.takes = 1s}; };
    enqueue("a.x", 10);
    store.cannot_finish = true;
    pass_in_steps(2min, 100ms);
    // Nothing more is begun meanwhile, since its outcome might not be recorded.
    CHECK(begun.size() == 2);
    CHECK(store.count(job_state::done) == 0);
    store.cannot_finish = false;
    pass_in_steps(options.max_store_pause + 10s, 100ms);
    CHECK(store.count(job_state::done) == 10);
    CHECK(begun.size() == 10);
    for (const auto& [id, n] : succeeded)
      CHECK(n == 1);
  }

  TEST_CASE_FIXTURE(job_world, "a store that refuses is asked again with growing pauses") {
    has_queue("a");
    start();
    store.cannot_lease = true;
    enqueue("a.x");
    pass_in_steps(60s, 50ms);
    CHECK(begun.empty());
    store.cannot_lease = false;
    pass_in_steps(options.max_store_pause + 100ms, 50ms);
    CHECK(at(1).state == job_state::done);
  }

  TEST_CASE_FIXTURE(job_world,
                    "a store that does not answer stops the drain no longer than its grace") {
    has_queue("a");
    start();
    store.silent = true;
    store.add({.kind = "a.x", .key = "1", .payload = "{}"});
    store.tell();
    deliver();
    auto answer = self->request(dispatcher, 1min, atom::drain_v);
    deliver();
    pass_in_steps(options.stop_grace + 100ms, 100ms);
    bool drained = false;
    answer.receive([&](atom::done) { drained = true; }, [](const caf::error&) {});
    CHECK(drained);
  }

  TEST_CASE_FIXTURE(job_world, "an old fence changes nothing: the job is its new holder's") {
    has_queue("a");
    plan = [](const job& x) { return job_plan{.takes = x.fence == 1 ? 5s : 1s}; };
    start();
    enqueue("a.x");
    // Another worker has it now.
    store.jobs.at(1).fence = 99;
    store.jobs.at(1).run_at = now() + 20s;
    pass_in_steps(10s, 100ms);
    CHECK(at(1).state == job_state::running);
    // Who did not end it, either.
    pass_in_steps(30s, 100ms);
    CHECK(at(1).state == job_state::done);
    CHECK(succeeded[1] == 2);
  }

  TEST_CASE_FIXTURE(job_world, "a crash loses nothing: leases are released at the start") {
    has_queue("a", 4);
    plan = [](const job&) { return job_plan{.takes = 3s}; };
    start();
    enqueue("a.x", 8);
    pass_in_steps(1s, 100ms);
    crash();
    CHECK(store.count(job_state::running) == 4);
    start();
    pass_in_steps(10s, 100ms);
    CHECK(store.count(job_state::done) == 8);
    CHECK(begun.size() == 12);
  }
}
