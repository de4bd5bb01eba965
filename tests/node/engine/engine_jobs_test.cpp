#include "messages/ask.hpp"
#include "tests/node/engine/own_system.hpp"
#include "tests/support/printing.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("node/engine_jobs") {
  using test::eventually;

  namespace {

  using run_function = std::function<job_outcome(const job&)>;

  class function_runner final : public job_runner {
  public:
    explicit function_runner(run_function fn) : fn_(std::move(fn)) {
    }

    job_outcome run(const job& x, std::chrono::steady_clock::time_point) override {
      return fn_(x);
    }

  private:
    run_function fn_;
  };

  /// With real threads.
  struct fixture : test::own_system {
    expected<engine> node = start();

    expected<engine> start() {
      engine_options options;
      options.jobs.overdue_grace = 100ms;
      options.jobs.stop_grace = 1s;
      return own_system::start(options);
    }

    expected<void> add_queue(size_t workers, run_function fn) {
      job_queue x;
      x.name = "test";
      x.workers = workers;
      x.retry_schedule = {10ms, 10ms};
      x.deadline = 200ms;
      x.make = [fn = std::move(fn)] { return std::make_unique<function_runner>(fn); };
      return node->add_job_queue(std::move(x));
    }

    expected<enqueued_job> enqueue(const std::string& key, const std::string& kind = "test.x") {
      job_draft x;
      x.kind = kind;
      x.key = key;
      x.payload = "{}";
      return node->enqueue(std::move(x));
    }

    template <class R, class Handle, class Request>
    expected<R> ask(const Handle& to, Request request) {
      return carillon::ask<R>(sys, to, 5s, std::move(request));
    }

    job at(uint64_t id) {
      return ask<job>(node->handles().state_reader.jobs, get_job{id, {}}).value();
    }

    bool becomes(uint64_t id, job_state state) {
      return eventually([&] { return at(id).state == state; });
    }

    job_queue_record queue() {
      for (const auto& x : ask<job_queue_records>(node->handles().jobs, list_job_queues{}).value())
        if (x.queue == "test")
          return x;
      return {.queue = {}, .oldest_due = {}};
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "two thousand jobs are done exactly once by four threads") {
    REQUIRE(node);
    constexpr size_t jobs = 2'000;
    std::mutex mutex;
    std::map<uint64_t, size_t> runs;
    std::atomic<int> at_a_time{0};
    std::atomic<bool> too_many{false};
    REQUIRE(add_queue(4, [&](const job& x) {
      too_many = too_many || ++at_a_time > 4;
      {
        std::lock_guard guard{mutex};
        ++runs[x.id];
      }
      --at_a_time;
      return job_outcome::done();
    }));
    for (size_t i = 0; i < jobs; i += 500) {
      enqueue_jobs request;
      for (size_t j = i; j < i + 500; ++j)
        request.drafts.push_back({.kind = "test.x",
                                  .key = std::to_string(j),
                                  .payload = "{}",
                                  .company_id = {},
                                  .run_at = {}});
      auto made = ask<enqueued_jobs>(node->handles().state_writer.jobs, request);
      REQUIRE(made);
      CHECK(made->size() == 500);
    }
    CHECK(eventually([&] {
      std::lock_guard guard{mutex};
      return runs.size() == jobs;
    }));
    CHECK(eventually([&] { return queue().queued + queue().running == 0; }));
    CHECK(node->stop());
    CHECK_FALSE(too_many);
    CHECK(runs.size() == jobs);
    for (const auto& [id, n] : runs)
      CHECK(n == 1);
    CHECK(node->stats()->job_attempts.of("test").at(static_cast<size_t>(job_end::done)) == jobs);
  }

  TEST_CASE_FIXTURE(fixture, "a key is enqueued once, also after a restart") {
    REQUIRE(node);
    auto first = enqueue("k");
    REQUIRE(first);
    CHECK_FALSE(first->duplicate);
    auto again = enqueue("k");
    REQUIRE(again);
    CHECK(again->duplicate);
    CHECK(again->id == first->id);
    CHECK(enqueue("", "test.x").error().field == "key");
    CHECK(enqueue("l", "Test").error().field == "kind");
    CHECK(node->stop());
    node = start();
    REQUIRE(node);
    CHECK(enqueue("k")->duplicate);
    // It waited for a worker of its queue.
    std::atomic<int> runs{0};
    REQUIRE(add_queue(1, [&](const job&) {
      ++runs;
      return job_outcome::done();
    }));
    CHECK(becomes(first->id, job_state::done));
    CHECK(add_queue(1, {}).error().code == ec::conflict);
    CHECK(node->stop());
    CHECK(runs == 1);
    CHECK(enqueue("m").error().code == ec::shutting_down);
  }

  TEST_CASE_FIXTURE(fixture,
                    "jobs that throw, fail or hang are tried again, and hold up no other") {
    REQUIRE(node);
    std::mutex mutex;
    std::condition_variable released;
    bool release = false;
    REQUIRE(add_queue(2, [&](const job& x) -> job_outcome {
      if (x.kind == "test.throws")
        throw std::runtime_error("no use");
      if (x.kind == "test.recovers" && x.attempts < 3)
        return job_outcome::failed("not yet");
      if (x.kind == "test.hangs" && x.attempts == 1) {
        std::unique_lock guard{mutex};
        released.wait(guard, [&] { return release; });
      }
      return job_outcome::done();
    }));
    auto throws = enqueue("1", "test.throws")->id;
    auto recovers = enqueue("2", "test.recovers")->id;
    auto hangs = enqueue("3", "test.hangs")->id;
    auto good = enqueue("4", "test.good")->id;
    CHECK(becomes(good, job_state::done));
    CHECK(becomes(throws, job_state::dead));
    CHECK(at(throws).last_error == "no use");
    CHECK(at(throws).attempts == 3);
    CHECK(becomes(recovers, job_state::done));
    CHECK(at(recovers).attempts == 3);
    CHECK(becomes(hangs, job_state::done));
    CHECK(at(hangs).attempts == 2);
    {
      std::lock_guard guard{mutex};
      release = true;
    }
    released.notify_all();
    CHECK(node->stop());
  }

  TEST_CASE_FIXTURE(fixture, "a pause holds until it is lifted, also across a restart") {
    REQUIRE(node);
    auto run = [](const job&) { return job_outcome::done(); };
    REQUIRE(add_queue(1, run));
    REQUIRE(ask<atom::done>(node->handles().jobs, pause_job_queue{"test", true, {}}));
    auto id = enqueue("1")->id;
    CHECK(queue().paused);
    CHECK(node->stop());
    node = start();
    REQUIRE(node);
    REQUIRE(add_queue(1, run));
    auto other = enqueue("2")->id;
    CHECK(queue().paused);
    CHECK(queue().queued == 2);
    REQUIRE(ask<atom::done>(node->handles().jobs, pause_job_queue{"test", false, {}}));
    CHECK(becomes(id, job_state::done));
    CHECK(becomes(other, job_state::done));
    CHECK(node->stop());
  }

  TEST_CASE_FIXTURE(fixture, "the stop ends runners before it returns, and forgets no job") {
    REQUIRE(node);
    std::atomic<int> runners{0};
    std::atomic<int> begun{0};
    std::atomic<bool> may_end{false};
    struct counted final : job_runner {
      counted(std::atomic<int>& x, std::atomic<int>& y, std::atomic<bool>& open)
        : alive(x), runs(y), may_end(open) {
        ++alive;
      }
      ~counted() override {
        --alive;
      }
      job_outcome run(const job&, std::chrono::steady_clock::time_point) override {
        ++runs;
        may_end.wait(false); // under way when the stop comes
        return job_outcome::done();
      }
      std::atomic<int>& alive;
      std::atomic<int>& runs;
      std::atomic<bool>& may_end;
    };
    job_queue x;
    x.name = "test";
    x.workers = 2;
    x.make = [&] { return std::make_unique<counted>(runners, begun, may_end); };
    REQUIRE(node->add_job_queue(x));
    for (int i = 0; i < 50; ++i)
      REQUIRE(enqueue(std::to_string(i)));
    CHECK(eventually([&] { return begun == 2; }));
    auto stopped = std::async(std::launch::async, [&] { return node->stop(); });
    // A second queue of the name is a conflict, until the dispatcher drains and begins nothing
    // more.
    CHECK(eventually([&] { return node->add_job_queue(x).error().code == ec::shutting_down; }));
    may_end = true;
    may_end.notify_all();
    CHECK(stopped.get());
    CHECK(runners == 0);
    CHECK(begun == 2);
    node = start();
    REQUIRE(node);
    CHECK(queue().running == 0);
    REQUIRE(add_queue(4, [&](const job&) {
      ++begun;
      return job_outcome::done();
    }));
    CHECK(eventually([&] { return queue().queued + queue().running == 0; }));
    CHECK(node->stop());
    CHECK(begun == 50);
  }
}
