#include "actors/consumers/commit_pipeline.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/commit_pipeline") {
  namespace {

  struct fixture {
    using clock = commit_pipeline::clock;

    consumer_options options{.uncommitted_events = 4,
                             .uncommitted_rows = 6,
                             .commit_interval = 50ms,
                             .idle_commit_interval = 5s};
    delivery_window window{{}, 0, {}};
    commit_pipeline commits{"sut", "c-1", options};
    timestamp now = from_micros(1'800'000'000'000'000);
    clock::time_point tick{1h};

    /// An event that is done.
    void done(position seq) {
      window.offer(test::make_event(seq));
      commits.changes().note_offered();
      window.start_new(1, now);
      window.succeeded({seq, 0});
    }

    std::optional<clock::duration> wait(bool hurry = false) {
      commits.look_for_changes(window, tick);
      auto due = commits.due(hurry);
      return due ? std::optional{*due - tick} : std::nullopt;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture,
                    "work is committed soon, passed events late, a full pipeline at once") {
    CHECK_FALSE(wait());
    window.pass(1);
    CHECK(wait() == 5s);
    commits.changes().note_work();
    CHECK(wait() == 50ms);
    CHECK(wait(true) == 0s);
    done(2);
    CHECK(wait() == 50ms);
    done(3);
    CHECK(wait() == 0s);
    CHECK_FALSE(commits.full());
    done(4);
    done(5);
    CHECK(commits.full());
  }

  TEST_CASE_FIXTURE(fixture, "an event with many effects fills the pipeline, too") {
    done(1);
    CHECK(wait() == 50ms);
    effects some;
    some.rows<int>() = {1, 2, 3};
    commits.changes().add(some);
    CHECK(wait() == 0s);
    CHECK_FALSE(commits.full());
    some.rows<int>() = {4, 5, 6};
    commits.changes().add(some);
    CHECK(commits.full());
    commits.prepare(window, now);
    CHECK_FALSE(commits.full());
  }

  TEST_CASE_FIXTURE(fixture, "one commit is under way, and is sent again unchanged if it failed") {
    done(1);
    REQUIRE(wait());
    CHECK(commits.prepare(window, now).cursor == 1);
    auto first = commits.submit();
    REQUIRE(first != nullptr);
    CHECK(first->consumer == "sut");
    CHECK(first->share == "c-1");
    CHECK(first->now == now);
    CHECK(commits.submit() == nullptr);
    done(2);
    CHECK_FALSE(wait());
    commits.fail();
    CHECK(commits.submit() == first);
    commits.succeed();
    CHECK(wait() == 50ms);
    CHECK(commits.prepare(window, now).cursor == 2);
  }

  TEST_CASE_FIXTURE(fixture,
                    "the durable cursor follows commits, and events without work at once") {
    commits.start(0, 1);
    window.pass(3);
    CHECK(commits.durable_cursor(window) == 3);
    done(4);
    CHECK(commits.durable_cursor(window) == 0);
    wait();
    commits.prepare(window, now);
    commits.submit();
    CHECK(commits.durable_cursor(window) == 0);
    commits.succeed();
    CHECK(commits.durable_cursor(window) == 4);
    CHECK_FALSE(commits.busy());
  }

  TEST_CASE_FIXTURE(fixture, "answers keep their places until they are committed") {
    done(1);
    commits.answers().add();
    wait();
    CHECK(commits.answers().all() == 1);
    commits.prepare(window, now);
    CHECK(commits.answers().waiting() == 0);
    CHECK(commits.answers().all() == 1);
    commits.submit();
    commits.succeed();
    CHECK(commits.answers().all() == 0);
  }

  TEST_CASE_FIXTURE(fixture, "an error and what waits for it are in the next commit") {
    int calls = 0;
    commits.changes().note_error("first");
    commits.changes().note_error("second");
    commits.changes().call_when_durable([&] { ++calls; });
    CHECK(wait() == 0s);
    CHECK(commits.prepare(window, now).last_error == "second");
    commits.submit();
    commits.changes().call_when_durable([&] { calls += 10; });
    commits.succeed();
    CHECK(calls == 1);
    commits.changes().note_work();
    window.pass(1);
    CHECK(wait() == 0s);
    CHECK_FALSE(commits.prepare(window, now).last_error);
    commits.submit();
    commits.succeed();
    CHECK(calls == 11);
  }

  TEST_CASE_FIXTURE(fixture, "statements wait until a commit covers their event") {
    window.offer(test::make_event(1));
    window.offer(test::make_event(2));
    window.start_new(2, now);
    auto row = window.row_if_refused({2, 0}, now);
    CHECK(row.seq == 2);
    CHECK(row.attempts == 1);
    commits.changes().add({.statements = {{"SELECT 1", {}}}, .others = {}, .if_refused = row});
    window.succeeded({2, 0});
    CHECK_FALSE(wait());
    CHECK_FALSE(commits.has_statements(window));
    CHECK(commits.first_uncovered(window) == 2);
    commits.changes().note_error("other work");
    REQUIRE(wait());
    CHECK_FALSE(commits.prepare(window, now).effects.has<event_statements>());
    CHECK(commits.submit() != nullptr);
    CHECK(commits.succeed().empty());
    CHECK_FALSE(commits.has_statements(window));
    CHECK(commits.first_uncovered(window) == 2);
    window.succeeded({1, 0});
    REQUIRE(wait());
    const auto& commit = commits.prepare(window, now);
    CHECK(commit.cursor == 2);
    REQUIRE(commit.effects.all<event_statements>().size() == 1);
    REQUIRE(commit.refused != nullptr);
    commit.refused->rows.push_back(row);
    CHECK(commits.has_statements(window));
    CHECK(commits.first_uncovered(window) == beyond_all);
    CHECK(commits.submit() != nullptr);
    CHECK(commits.succeed().size() == 1);
    CHECK_FALSE(commits.has_statements(window));
  }

  TEST_CASE_FIXTURE(fixture, "statements of a replay wait for nothing") {
    commits.changes().add(
      {.statements = {{"SELECT 1", {}}}, .others = {}, .if_refused = {.seq = 9, .replay_id = 1}});
    REQUIRE(wait());
    CHECK(commits.prepare(window, now).effects.has<event_statements>());
  }
}
