// Queues whose jobs need an unavailable service.

#include "tests/actors/jobs/job_world.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/job_outage") {
  namespace {

  struct outage : job_world {
    bool away = true;

    outage() {
      plan = [this](const job& x) {
        auto out
          = x.kind == "mail.x" && away ? job_outcome::unavailable("no route") : job_outcome{};
        return job_plan{.takes = 10ms, .outcome = out};
      };
    }

    job_queue_record record(const std::string& queue) {
      auto all = ask<job_queue_records>(dispatcher, list_job_queues{});
      REQUIRE(all);
      for (auto& x : *all)
        if (x.queue == queue)
          return x;
      FAIL("no such queue");
      return {};
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(outage, "what is away is asked by one job now and then, and blames none") {
    has_queue("mail", 4);
    start();
    enqueue("mail.x", 20);
    pass_in_steps(1min, 10ms);
    // The first four jobs fail together; later ones start after 1, 2, 4, 8, 16 s.
    CHECK(begun.size() >= 8);
    CHECK(begun.size() <= 10);
    for (size_t i = 5; i < begun.size(); ++i) {
      auto pause = begun[i].at - begun[i - 1].at;
      CHECK(pause >= 1s * (1 << (i - 5)));
      CHECK(pause <= 31s);
    }
    for (const auto& [id, x] : store.jobs) {
      CHECK(x.state == job_state::queued);
      CHECK(x.attempts == 0);
    }
    CHECK(ended("mail", job_end::unavailable) == begun.size());
    CHECK(ended("mail", job_end::failed) == 0);
  }

  TEST_CASE_FIXTURE(outage, "when it is back, all go on at once, in their order") {
    has_queue("mail", 2);
    start();
    auto first = enqueue("mail.x", 50);
    pass_in_steps(20s, 10ms);
    away = false;
    pass_in_steps(31s, 10ms);
    CHECK(succeeded.size() == 50);
    CHECK(at(first).attempts == 1);
    CHECK(record("mail").unavailable.empty());
    CHECK_FALSE(record("mail").next_try);
    // The next outage begins with a short pause again.
    away = true;
    enqueue("mail.x");
    pass_in_steps(100ms, 10ms);
    away = false;
    pass_in_steps(2s, 10ms);
    CHECK(succeeded.size() == 51);
  }

  TEST_CASE_FIXTURE(outage, "operators see why a queue waits, and until when") {
    has_queue("mail");
    has_queue("other");
    start();
    enqueue("mail.x", 3);
    pass_in_steps(100ms, 10ms);
    // Virtual time passes during the request.
    auto before = now();
    auto x = record("mail");
    CHECK(x.unavailable == "no route");
    REQUIRE(x.next_try);
    CHECK(*x.next_try >= before);
    CHECK(*x.next_try <= before + 2s);
    CHECK(store.jobs.at(1).last_error == "no route");
    CHECK(record("other").unavailable.empty());
  }

  TEST_CASE_FIXTURE(outage, "no other queue waits") {
    has_queue("mail");
    has_queue("other");
    start();
    enqueue("mail.x", 3);
    enqueue("other.x", 100);
    pass_in_steps(2s, 10ms);
    CHECK(succeeded.size() == 100);
  }

  TEST_CASE_FIXTURE(outage, "a job that met nothing else for days is dead") {
    has_queue("mail").give_up_after = 1h;
    start();
    auto id = enqueue("mail.x");
    pass_in_steps(59min, 1s);
    CHECK(at(id).state == job_state::queued);
    pass_in_steps(3min, 1s);
    CHECK(at(id).state == job_state::dead);
    CHECK(at(id).last_error == "no route");
  }

  TEST_CASE_FIXTURE(outage,
                    "a job that is postponed costs no attempt, and says nothing of others") {
    has_queue("mail").give_up_after = 1h;
    bool wait = true;
    plan = [&](const job& x) {
      if (x.id == 1 && wait)
        return job_plan{.outcome = job_outcome::postponed(10s, "too many")};
      return job_plan{.outcome = away ? job_outcome::unavailable("no route") : job_outcome{}};
    };
    start();
    auto first = enqueue("mail.x");
    pass_in_steps(35s, 100ms);
    CHECK(begun.size() == 4);
    CHECK(at(first).attempts == 0);
    CHECK(at(first).last_error == "too many");
    // The server is still unavailable.
    enqueue("mail.x");
    pass_in_steps(12s, 100ms);
    CHECK_FALSE(record("mail").unavailable.empty());
    away = false;
    pass_in_steps(1min, 100ms);
    CHECK(succeeded.size() == 1);
    wait = false;
    pass_in_steps(12s, 100ms);
    CHECK(succeeded.size() == 2);
    // Not for ever.
    wait = true;
    store.jobs.at(first).state = job_state::queued;
    pass_in_steps(1h, 10s);
    CHECK(at(first).state == job_state::dead);
  }

  TEST_CASE_FIXTURE(outage, "a job that fails by itself ends the pause: somebody was there") {
    has_queue("mail");
    plan = [this](const job& x) {
      if (away)
        return job_plan{.outcome = job_outcome::unavailable("no route")};
      return job_plan{.outcome = x.id == 1 ? job_outcome::failed("451") : job_outcome{}};
    };
    start();
    enqueue("mail.x", 5);
    pass_in_steps(500ms, 10ms);
    away = false;
    pass_in_steps(2s, 10ms);
    CHECK(succeeded.size() == 4);
    CHECK(at(1).last_error == "451");
  }
}
