#include "tests/actors/jobs/job_world.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/job_dispatcher") {
  namespace {

  job_plan failing(const std::string& why) {
    return {.outcome = job_outcome::failed(why)};
  }

  /// When the attempts of the only job began, from its first on.
  std::vector<std::chrono::milliseconds> pauses(const job_world& w) {
    std::vector<std::chrono::milliseconds> out;
    for (const auto& x : w.begun)
      out.push_back(
        std::chrono::duration_cast<std::chrono::milliseconds>(x.at - w.begun.front().at));
    return out;
  }

  } // namespace

  // -- what becomes of a job ----------------------------------------------------

  TEST_CASE_FIXTURE(job_world, "a job is done once, at once, and recorded") {
    has_queue("a");
    start();
    auto id = enqueue("a.x");
    CHECK(at(id).state == job_state::done);
    CHECK(at(id).attempts == 1);
    CHECK(begun.size() == 1);
    CHECK(begun.front().at == at(id).created_at);
    pass_in_steps(1h, 1min);
    CHECK(begun.size() == 1);
    CHECK(ended("a", job_end::done) == 1);
  }

  TEST_CASE_FIXTURE(job_world, "jobs that were there before are done, those of other queues not") {
    auto before = store.add({.kind = "a.x", .key = "1", .payload = "{}"}).id;
    auto other = store.add({.kind = "b.x", .key = "2", .payload = "{}"}).id;
    has_queue("a");
    start();
    CHECK(store.releases == 1);
    CHECK(at(before).state == job_state::done);
    CHECK(at(other).state == job_state::queued);
    has_queue("b");
    REQUIRE(add(queues.back()));
    CHECK(at(other).state == job_state::done);
  }

  TEST_CASE_FIXTURE(job_world, "a job that fails is tried as its schedule says, and is dead then") {
    has_queue("a");
    plan = [](const job& x) { return failing("no " + std::to_string(x.attempts)); };
    start();
    auto id = enqueue("a.x");
    CHECK(at(id).state == job_state::queued);
    CHECK(at(id).last_error == "no 1");
    pass_in_steps(20min, 500ms);
    CHECK(at(id).state == job_state::dead);
    CHECK(at(id).last_error == "no 3");
    auto when = pauses(*this);
    REQUIRE(when.size() == 3);
    CHECK(when[1] >= 1min);
    CHECK(when[1] <= 1min + 1s);
    CHECK(when[2] - when[1] >= 5min);
    CHECK(when[2] - when[1] <= 5min + 1s);
    CHECK(ended("a", job_end::failed) == 3);
  }

  TEST_CASE_FIXTURE(job_world, "jitter delays by a tenth at most, and never hastens") {
    has_queue("a");
    plan = [](const job&) { return failing("no"); };
    random = 0.999;
    start();
    auto id = enqueue("a.x");
    auto due = at(id).run_at - now();
    CHECK(due > 65s);
    CHECK(due < 66s);
  }

  TEST_CASE_FIXTURE(job_world,
                    "a hopeless job is dead at once, one without retries after one try") {
    has_queue("a");
    has_queue("once").retry_schedule = {};
    plan = [](const job& x) {
      return x.kind == "a.x" ? job_plan{.outcome = job_outcome::hopeless("never")} : failing("no");
    };
    start();
    auto never = enqueue("a.x");
    auto once = enqueue("once.x");
    CHECK(at(never).state == job_state::dead);
    CHECK(at(never).last_error == "never");
    CHECK(at(once).state == job_state::dead);
    CHECK(ended("a", job_end::hopeless) == 1);
    pass_in_steps(1h, 1min);
    CHECK(begun.size() == 2);
  }

  TEST_CASE_FIXTURE(job_world, "the text of an error is kept as UTF-8, and not all of it") {
    has_queue("a");
    plan = [](const job&) { return failing("\xff\xfe" + std::string(10'000, 'x')); };
    start();
    auto id = enqueue("a.x");
    CHECK(at(id).last_error.size() == 1'024);
    CHECK(at(id).last_error.starts_with("??x"));
  }

  TEST_CASE_FIXTURE(job_world, "a job that an operator retries is done at once") {
    has_queue("a");
    bool works = false;
    plan = [&](const job&) {
      return works ? job_plan{} : job_plan{.outcome = job_outcome::hopeless("no")};
    };
    start();
    auto id = enqueue("a.x");
    works = true;
    REQUIRE(ask<job>(state, retry_job{id, {}, {}}));
    CHECK(at(id).state == job_state::done);
    auto later = enqueue("a.x", 1, 0, now() + 1h);
    REQUIRE(ask<job>(state, cancel_job{later, {}, {}}));
    pass_in_steps(2h, 1min);
    CHECK(at(later).state == job_state::cancelled);
  }

  // -- when, and how many ---------------------------------------------------------

  TEST_CASE_FIXTURE(job_world, "a job is begun when it is due, and not before") {
    has_queue("a");
    start();
    auto due = now() + 10min;
    auto id = enqueue("a.x", 1, 0, due);
    pass_in_steps(10min - 100ms, 100ms);
    CHECK(begun.empty());
    pass_in_steps(300ms, 100ms);
    REQUIRE(begun.size() == 1);
    CHECK(begun.front().at >= due);
    CHECK(begun.front().at <= due + 200ms);
    CHECK(at(id).state == job_state::done);
  }

  TEST_CASE_FIXTURE(job_world, "it does not ask the store while nothing can be due") {
    has_queue("a");
    start();
    enqueue("a.x", 1, 0, now() + 1h);
    auto asked = store.leases.size();
    pass_in_steps(50s, 10ms);
    CHECK(store.leases.size() <= asked + 50s / options.tick);
  }

  TEST_CASE_FIXTURE(job_world, "the higher priority goes first, then what is due longest") {
    has_queue("a");
    plan = [](const job&) { return job_plan{.takes = 1s}; };
    start();
    auto low = enqueue("a.x", 3, -1);
    auto high = enqueue("a.x", 2, 5);
    pass_in_steps(10s, 100ms);
    CHECK(begun_ids() == std::vector<uint64_t>{low, high, high + 1, low + 1, low + 2});
  }

  TEST_CASE_FIXTURE(job_world,
                    "a queue has as many jobs under way as workers, and none more leased") {
    has_queue("a", 3);
    plan = [](const job&) { return job_plan{.takes = 10s}; };
    start();
    enqueue("a.x", 10);
    CHECK(under_way["a"] == 3);
    CHECK(store.count(job_state::running) == 3);
    pass_in_steps(60s, 500ms);
    CHECK(most_under_way["a"] == 3);
    CHECK(store.count(job_state::done) == 10);
    CHECK(workers.size() == 3);
  }

  TEST_CASE_FIXTURE(job_world, "a slow queue delays no other") {
    has_queue("slow");
    has_queue("quick");
    plan = [](const job& x) {
      return queue_of(x.kind) == "slow" ? job_plan{.takes = 10s} : job_plan{};
    };
    start();
    enqueue("slow.x", 5);
    enqueue("quick.x", 500);
    CHECK(store.count(job_state::done) == 500);
  }

  TEST_CASE_FIXTURE(job_world, "quick jobs are leased many at a time") {
    has_queue("a", 2);
    start();
    enqueue("a.x", 20'000);
    CHECK(store.count(job_state::done) == 20'000);
    CHECK(begun.size() == 20'000);
    CHECK(store.leases.size() < 500);
    for (const auto& x : store.leases)
      CHECK(x.queues.front().most <= options.batch + 2);
    CHECK(most_under_way["a"] <= 2);
  }

  TEST_CASE_FIXTURE(job_world, "jobs that turn slow are no longer leased ahead") {
    has_queue("a");
    std::chrono::milliseconds takes{0};
    plan = [&](const job&) { return job_plan{.takes = takes}; };
    start();
    enqueue("a.x", 5'000);
    takes = 5s;
    enqueue("a.x", 600);
    pass_in_steps(60s, 500ms);
    CHECK(store.count(job_state::running) <= options.batch + 1);
    // Jobs leased ahead were run or returned; no more are leased.
    pass_in_steps(20min, 1s);
    CHECK(store.count(job_state::running) == 1);
    for (const auto& [id, x] : store.jobs)
      CHECK(x.attempts <= 1);
  }

  TEST_CASE_FIXTURE(job_world, "ends of leases are heeded: what waited too long is given back") {
    has_queue("a").deadline = 1h;
    options.lease = 10s;
    std::chrono::milliseconds takes{0};
    plan = [&](const job&) { return job_plan{.takes = takes}; };
    start();
    enqueue("a.x", 1'000);
    takes = 30s;
    enqueue("a.x", 20);
    pass_in_steps(60s, 500ms);
    bool returned = false;
    for (const auto& x : store.finishes)
      for (const auto& y : x.items)
        returned |= y.returned;
    CHECK(returned);
    pass_in_steps(20min, 1s);
    CHECK(store.count(job_state::done) == 1'020);
    for (const auto& [id, x] : store.jobs)
      CHECK(x.attempts == 1);
    CHECK(begun.size() == 1'020);
  }

  // -- pause and drain ------------------------------------------------------------

  TEST_CASE_FIXTURE(job_world,
                    "a paused queue begins nothing, gives back, and goes on when resumed") {
    has_queue("a");
    has_queue("b");
    std::chrono::milliseconds takes{0};
    plan = [&](const job&) { return job_plan{.takes = takes}; };
    start();
    enqueue("a.x", 1'000);
    takes = 1s;
    auto first = enqueue("a.x", 100);
    CHECK(store.count(job_state::running) > 1);
    REQUIRE(pause("a", true));
    pass_in_steps(10s, 100ms);
    CHECK(store.count(job_state::running) == 0);
    CHECK(at(first).state == job_state::done);
    auto so_far = begun.size();
    CHECK(so_far == 1'001);
    enqueue("b.x");
    pass_in_steps(1h, 10s);
    CHECK(begun.size() == so_far + 1);
    auto queued = at(first + 50);
    CHECK(queued.state == job_state::queued);
    CHECK(queued.attempts == 0);
    REQUIRE(pause("a", false));
    pass_in_steps(200s, 500ms);
    CHECK(store.count(job_state::done) == 1'101);
  }

  TEST_CASE_FIXTURE(job_world,
                    "a queue that was paused before the start is not asked without end") {
    store.paused.insert("a");
    has_queue("a");
    start();
    enqueue("a.x", 3);
    auto asked = store.leases.size();
    pass_in_steps(60s, 100ms);
    CHECK(begun.empty());
    CHECK(store.leases.size() <= asked + 60s / options.tick + 1);
  }

  TEST_CASE_FIXTURE(job_world, "drain begins nothing more and waits for what is under way") {
    has_queue("a", 2);
    plan = [](const job&) { return job_plan{.takes = 2s}; };
    start();
    enqueue("a.x", 10);
    bool drained = false;
    auto answer = self->request(dispatcher, 1min, atom::drain_v);
    deliver();
    CHECK(under_way["a"] == 2);
    pass_in_steps(2100ms, 100ms);
    answer.receive([&](atom::done) { drained = true; }, [](const caf::error&) {});
    CHECK(drained);
    CHECK(begun.size() == 2);
    CHECK(store.count(job_state::done) == 2);
    CHECK(store.count(job_state::running) == 0);
    // The workers are gone before the answer.
    for (const auto& x : workers)
      CHECK_FALSE(ask<job_outcome>(x, job{}));
    CHECK_FALSE(add(std::make_shared<job_queue>(*queues.front())));
  }

  TEST_CASE_FIXTURE(job_world, "a drain does not wait longer than its grace for jobs that hang") {
    has_queue("a");
    plan = [](const job&) { return job_plan{.hangs = true}; };
    start();
    auto id = enqueue("a.x");
    auto answer = self->request(dispatcher, 1min, atom::drain_v);
    deliver();
    pass_in_steps(options.stop_grace + 100ms, 100ms);
    bool drained = false;
    answer.receive([&](atom::done) { drained = true; }, [](const caf::error&) {});
    CHECK(drained);
    CHECK(at(id).state == job_state::running);
    crash();
    plan = [](const job&) { return job_plan{}; };
    start();
    CHECK(at(id).state == job_state::done);
    CHECK(at(id).attempts == 2);
  }

  // -- queues ---------------------------------------------------------------------

  TEST_CASE_FIXTURE(job_world, "queues have one name each, and limits that make sense") {
    has_queue("a");
    start();
    auto refusal = [&](auto change) {
      auto x = std::make_shared<job_queue>(*queues.front());
      x->name = "b";
      change(*x);
      auto answer = add(x);
      return answer ? ec::none : to_failure(answer.error()).code;
    };
    CHECK(refusal([](job_queue& x) { x.name = "a"; }) == ec::conflict);
    for (const auto* bad : {"", "A", "a.b", "1a", "a b"})
      CHECK(refusal([&](job_queue& x) { x.name = bad; }) == ec::invalid_argument);
    CHECK(refusal([](job_queue& x) { x.workers = 0; }) == ec::invalid_argument);
    CHECK(refusal([](job_queue& x) { x.workers = 65; }) == ec::invalid_argument);
    CHECK(refusal([](job_queue& x) { x.deadline = 0ms; }) == ec::invalid_argument);
    CHECK(refusal([](job_queue& x) { x.retry_schedule = {-1ms}; }) == ec::invalid_argument);
    CHECK(refusal([](job_queue& x) { x.make = nullptr; }) == ec::invalid_argument);
    CHECK(refusal([](job_queue&) {}) == ec::none);
    CHECK_FALSE(add(nullptr));
  }

  TEST_CASE_FIXTURE(job_world,
                    "the list of queues has those without jobs and those without workers") {
    has_queue("b");
    start();
    enqueue("z.x", 2);
    auto all = ask<job_queue_records>(dispatcher, list_job_queues{});
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK(all->at(0).queue == "b");
    CHECK(all->at(0).queued == 0);
    CHECK(all->at(1).queue == "z");
    CHECK(all->at(1).queued == 2);
    // Its workers may come later, from outside of the node.
    CHECK(pause("z", true));
    CHECK(store.paused.contains("z"));
    CHECK(to_failure(pause("y", true).error()).code == ec::not_found);
  }

  TEST_CASE_FIXTURE(job_world, "ended jobs are trimmed in pages, when they have been kept enough") {
    has_queue("a");
    start();
    store.trimmed = {1'000, 1'000, 3};
    pass_in_steps(options.trim_interval + 1s, 500ms);
    REQUIRE(store.trims.size() == 3);
    CHECK(store.trims.front().limit == 1'000);
    auto before = now() - options.keep;
    CHECK(store.trims.front().before <= before);
    CHECK(store.trims.front().before >= before - 2s);
    pass_in_steps(options.trim_interval, 500ms);
    CHECK(store.trims.size() == 4);
  }
}
