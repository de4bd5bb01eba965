#include "actors/consumers/delivery_window.hpp"

#include "tests/actors/consumers/delivery_window_policy.hpp"
#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/delivery_window") {
  namespace {

  std::vector<position> positions(const std::vector<event_ptr>& xs) {
    std::vector<position> out;
    for (const auto& x : xs)
      out.push_back(x->seq);
    return out;
  }

  using seqs = std::vector<position>;

  } // namespace

  TEST_CASE("the cursor is the end of what is done without a gap") {
    delivery_window w{policy_of(delivery_order::none), 0, {}};
    for (position i = 1; i <= 3; ++i)
      w.offer(test::make_event(i));
    CHECK(positions(w.start_new(10, t0)) == seqs{1, 2, 3});
    w.succeeded({2, 0});
    CHECK(w.cursor() == 0);
    w.succeeded({1, 0});
    CHECK(w.cursor() == 2);
    w.pass(9);
    CHECK(w.cursor() == 2);
    w.succeeded({3, 0});
    CHECK(w.cursor() == 9);
    CHECK(w.running() == 0);
  }

  TEST_CASE("a clock that is set back lets rows wait for their pause, not for the hour") {
    delivery_window w{policy_of(delivery_order::none), 0, {}};
    for (position i = 1; i <= 3; ++i)
      w.offer(test::make_event(i));
    w.start_new(10, t0);
    w.failed({1, 0}, "x", t0);
    w.failed({2, 0}, "x", t0, t0 + 30s);
    consumer_commit before;
    before.now = t0;
    w.take_changes(before);
    CHECK(w.rows().next_due() == t0 + 1s);
    const auto back = t0 - 1h;
    w.set_back_to(back);
    CHECK(w.rows().next_due() == back + 1s);
    // Checks the decisions since the last step.
    w.failed({3, 0}, "x", back);
    w.set_back_to(back);
    CHECK(w.start_due(10, back + 1s).size() == 2);
    CHECK(w.rows().next_due() == back + 30s);
    // The store records it, so that a restart finds it.
    consumer_commit after;
    after.now = back;
    w.take_changes(after);
    CHECK(after.upsert_retries.size() == 3);
    for (const auto& row : after.upsert_retries)
      CHECK(row.due <= back + 30s);
  }

  TEST_CASE("rows of a store that is from the future wait for what was left of their pause") {
    const auto as_of = t0 + 1h;
    std::vector<retry_row> rows{{.seq = 1, .attempts = 1, .due = as_of + 2s},
                                {.seq = 2, .attempts = 1, .due = as_of - 5s},
                                {.seq = 3, .attempts = 1, .due = as_of + 12h}};
    delivery_window w{policy_of(delivery_order::none), 3, rows, as_of};
    w.set_back_to(t0);
    CHECK(w.start_due(10, t0).size() == 1);
    CHECK(w.rows().next_due() == t0 + 2s);
    CHECK(w.start_due(10, t0 + 2s).size() == 1);
    CHECK(w.rows().next_due() == t0 + 12h);
  }

  TEST_CASE(
    "a clock that is right again after it was ahead moves nothing that was decided before") {
    std::vector<retry_row> rows{{.seq = 1, .attempts = 1, .due = t0 + 4h}};
    delivery_window w{policy_of(delivery_order::none), 1, rows, t0};
    w.set_back_to(t0 + 1min);
    CHECK(w.rows().next_due() == t0 + 4h);
    consumer_commit x;
    x.now = t0 + 1min;
    w.take_changes(x);
    CHECK(x.upsert_retries.empty());
  }

  TEST_CASE("a full window has no room") {
    delivery_window w{policy_of(delivery_order::none, 3, 2), 0, {}};
    w.offer(test::make_event(1));
    CHECK(w.room() == 1);
    w.offer(test::make_event(2));
    CHECK(w.room() == 0);
    w.start_new(10, t0);
    w.succeeded({1, 0});
    CHECK(w.room() == 1);
  }

  TEST_CASE("a failure becomes a row and lets the cursor pass") {
    delivery_window w{policy_of(delivery_order::none), 0, {}};
    w.offer(test::make_event(1));
    w.start_new(10, t0);
    w.failed({1, 0}, "broken", t0);
    CHECK(w.cursor() == 1);
    CHECK(w.rows().next_due() == t0 + 1s);
    consumer_commit commit;
    w.take_changes(commit);
    REQUIRE(commit.upsert_retries.size() == 1);
    CHECK(commit.upsert_retries[0].attempts == 1);
    CHECK(commit.upsert_retries[0].last_error == "broken");
    CHECK(commit.cursor == 1);
    CHECK_FALSE(w.changed());
    CHECK(w.start_due(10, t0 + 1s - 1us).empty());
    CHECK(w.start_due(10, t0 + 1s).size() == 1);
    w.succeeded({1, 0});
    consumer_commit second;
    w.take_changes(second);
    CHECK(second.erase_retries.size() == 1);
    CHECK(w.rows().size() == 0);
  }

  TEST_CASE("the schedule is followed and its last pause repeats") {
    delivery_window w{policy_of(delivery_order::none, 5), 0, {}};
    w.offer(test::make_event(1));
    w.start_new(10, t0);
    auto now = t0;
    std::vector<timestamp::duration> pauses;
    for (int i = 0; i < 4; ++i) {
      w.failed({1, 0}, "x", now);
      pauses.push_back(*w.rows().next_due() - now);
      now = *w.rows().next_due();
      w.start_due(10, now);
    }
    CHECK(pauses == std::vector<timestamp::duration>{1s, 10s, 10s, 10s});
    w.failed({1, 0}, "x", now);
    auto last = w.start_due(10, now);
    REQUIRE(last.size() == 1);
    CHECK(last[0].attempts == 5);
  }

  TEST_CASE("a row has the status of its last attempt") {
    delivery_window w{policy_of(delivery_order::none, 2), 0, {}};
    w.offer(test::make_event(1));
    w.start_new(10, t0);
    w.failed({1, 0}, "broken", t0, std::nullopt, 503);
    auto row = w.start_due(10, *w.rows().next_due());
    REQUIRE(row.size() == 1);
    CHECK(row[0].last_status == 503);
    w.failed({1, 0}, "no answer", t0 + 1s);
    row = w.start_due(10, t0 + 1s);
    REQUIRE(row.size() == 1);
    CHECK(row[0].last_status == 0);
  }

  TEST_CASE("a dead letter is written only once the cursor has passed its event") {
    delivery_window w{policy_of(delivery_order::none, 1), 0, {}};
    w.offer(test::make_event(1));
    w.offer(test::make_event(2));
    w.start_new(10, t0);
    w.failed({2, 0}, "x", t0);
    auto rows = w.start_due(10, t0);
    REQUIRE(rows.size() == 1);
    w.give_up({2, 0}, dead_letter{.seq = 2});
    consumer_commit early;
    w.take_changes(early);
    CHECK(early.dead_letters.empty());
    CHECK(early.upsert_retries.size() == 1);
    w.succeeded({1, 0});
    CHECK(w.changed());
    consumer_commit late;
    w.take_changes(late);
    CHECK(late.cursor == 2);
    CHECK(late.dead_letters.size() == 1);
    CHECK(late.erase_retries.size() == 1);
  }

  TEST_CASE("an event that a committed row owns is not started again") {
    delivery_window w{
      policy_of(delivery_order::none), 1, {retry_row{.seq = 3, .attempts = 1, .due = t0 + 5s}}};
    w.offer(test::make_event(2));
    w.offer(test::make_event(3));
    CHECK(positions(w.start_new(10, t0)) == seqs{2});
    CHECK(w.start_due(10, t0 + 5s).size() == 1);
  }

  TEST_CASE("per_key: later events of a failed key wait behind its row, others go on") {
    delivery_window w{policy_of(delivery_order::per_key), 0, {}};
    w.offer(test::make_event(1, "a"));
    w.offer(test::make_event(2, "a"));
    w.offer(test::make_event(3, "b"));
    CHECK(positions(w.start_new(10, t0)) == seqs{1, 3});
    w.failed({1, 0}, "x", t0);
    w.succeeded({3, 0});
    CHECK(w.start_new(10, t0).empty());
    CHECK(w.cursor() == 3);
    CHECK(w.rows().size() == 2);
    CHECK(w.start_due(10, t0 + 500ms).empty());
    auto due = w.start_due(10, t0 + 1s);
    REQUIRE(due.size() == 1);
    CHECK(due[0].seq == 1);
    w.succeeded({1, 0});
    due = w.start_due(10, t0 + 1s);
    REQUIRE(due.size() == 1);
    CHECK(due[0].seq == 2);
    CHECK(due[0].attempts == 0);
  }

  TEST_CASE("per_key: after a crash a row waits for the events before it, which come again") {
    // The events of a had ended; the store knows the failure of 5 only, since 1 held the cursor.
    const retry_row row{.seq = 5, .attempts = 1, .due = t0, .key = "a", .first_failed_at = t0};
    delivery_window w{policy_of(delivery_order::per_key), 0, {row}, t0};
    CHECK(w.start_due(10, t0 + 1h).empty());
    w.offer(test::make_event(1, "b"));
    w.offer(test::make_event(3, "a"));
    CHECK(positions(w.start_new(10, t0 + 1h)) == seqs{1, 3});
    CHECK(w.start_due(10, t0 + 1h).empty());
    w.succeeded({3, 0});
    CHECK(w.start_due(10, t0 + 1h).empty());
    w.offer(test::make_event(4, "a"));
    w.offer(test::make_event(5, "a"));
    w.offer(test::make_event(6, "a"));
    CHECK(positions(w.start_new(10, t0 + 1h)) == seqs{4});
    CHECK(w.start_due(10, t0 + 1h).empty());
    w.succeeded({4, 0});
    CHECK(w.start_due(10, t0 + 1h).size() == 1);
    w.succeeded({5, 0});
    // 1 holds the cursor, and did not hold the row.
    CHECK(w.cursor() == 0);
    CHECK(w.start_due(10, t0 + 1h).size() == 1);
  }

  TEST_CASE("per_key: as many rows as there may be, all of events to come, are waited for") {
    auto policy = policy_of(delivery_order::per_key);
    policy.max_retries = 2;
    std::vector<retry_row> rows;
    for (position seq : {3, 4})
      rows.push_back({.seq = seq, .attempts = 1, .due = t0, .key = "a", .first_failed_at = t0});
    delivery_window w{policy, 0, rows, t0};
    REQUIRE(w.room() > 0);
    w.offer(test::make_event(2, "a"));
    w.pass(3);
    w.offer(test::make_event(4, "a"));
    CHECK(w.room() == 0);
    CHECK(positions(w.start_new(10, t0)) == seqs{2});
    CHECK(w.start_due(10, t0).empty());
    w.succeeded({2, 0});
    auto due = w.start_due(10, t0);
    REQUIRE(due.size() == 1);
    CHECK(due[0].seq == 3);
    w.succeeded({3, 0});
    CHECK(w.start_due(10, t0).size() == 1);
  }

  TEST_CASE("per_key: as many events of a key as it may, and one by one behind a failure") {
    auto policy = policy_of(delivery_order::per_key);
    policy.max_per_key = 2;
    delivery_window w{policy, 0, {}};
    for (position i = 1; i <= 6; ++i)
      w.offer(test::make_event(i, i == 4 ? "b" : "a"));
    CHECK(positions(w.start_new(10, t0)) == seqs{1, 2, 4});
    w.succeeded({2, 0});
    CHECK(positions(w.start_new(10, t0)) == seqs{3});
    CHECK(w.cursor() == 0);
    w.failed({3, 0}, "x", t0);
    // 5 and 6 wait behind its row, although only 1 runs.
    CHECK(w.start_new(10, t0).empty());
    CHECK(w.rows().size() == 3);
    w.succeeded({1, 0});
    auto due = w.start_due(10, t0 + 1s);
    REQUIRE(due.size() == 1);
    CHECK(due[0].seq == 3);
    w.succeeded({3, 0});
    CHECK(w.start_due(10, t0 + 1s).at(0).seq == 5);
    CHECK(w.start_due(10, t0 + 1s).empty());
    w.succeeded({5, 0});
    CHECK(w.start_due(10, t0 + 1s).at(0).seq == 6);
    w.succeeded({6, 0});
    w.succeeded({4, 0});
    w.offer(test::make_event(7, "a"));
    w.offer(test::make_event(8, "a"));
    w.offer(test::make_event(9, "a"));
    CHECK(positions(w.start_new(10, t0)) == seqs{7, 8});
  }

  TEST_CASE("in flight: what runs gets a row once much is done ahead of it") {
    auto policy = policy_of(delivery_order::none);
    policy.in_flight = 4;
    delivery_window w{policy, 0, {}};
    for (position i = 1; i <= 6; ++i)
      w.offer(test::make_event(i));
    CHECK(w.start_new(6, t0).size() == 6);
    w.succeeded({2, 0});
    w.succeeded({4, 0});
    CHECK(w.done_ahead() == 2);
    CHECK(!w.changed());
    w.succeeded({5, 0});
    REQUIRE(w.changed());
    consumer_commit commit;
    commit.now = t0;
    w.take_changes(commit);
    // 6 runs as well, but nothing is completed before it.
    CHECK(commit.cursor == 5);
    REQUIRE(commit.upsert_retries.size() == 2);
    CHECK(commit.upsert_retries[0].seq == 1);
    CHECK(commit.upsert_retries[0].attempts == 0);
    CHECK(commit.upsert_retries[1].seq == 3);
    CHECK(w.done_ahead() == 0);
    CHECK(w.running() == 3);
    // It runs: no second attempt begins.
    CHECK(w.start_due(10, t0 + 1h).empty());
    // Its outcome is that of a first attempt.
    w.succeeded({1, 0});
    w.failed({3, 0}, "no", t0 + 5s);
    w.succeeded({6, 0});
    consumer_commit next;
    w.take_changes(next);
    CHECK(next.cursor == 6);
    CHECK(next.erase_retries == std::vector<std::pair<position, uint64_t>>{{1, 0}});
    REQUIRE(next.upsert_retries.size() == 1);
    CHECK(next.upsert_retries[0].attempts == 1);
    CHECK(next.upsert_retries[0].due == t0 + 6s);
    CHECK(next.upsert_retries[0].first_failed_at == t0 + 5s);
  }

  TEST_CASE("in flight: after a crash what ran is due at once") {
    auto policy = policy_of(delivery_order::none);
    policy.in_flight = 1;
    delivery_window w{policy, 0, {}};
    w.offer(test::make_event(1));
    w.offer(test::make_event(2));
    CHECK(w.start_new(2, t0).size() == 2);
    w.succeeded({2, 0});
    consumer_commit commit;
    commit.now = t0;
    w.take_changes(commit);
    delivery_window again{policy, commit.cursor, commit.upsert_retries};
    auto due = again.start_due(10, t0);
    REQUIRE(due.size() == 1);
    CHECK(due[0].seq == 1);
    CHECK(due[0].attempts == 0);
  }

  TEST_CASE("total: a failing event holds the cursor and everything behind it") {
    delivery_window w{policy_of(delivery_order::total), 0, {}};
    w.offer(test::make_event(1));
    w.offer(test::make_event(2));
    CHECK(positions(w.start_new(10, t0)) == seqs{1});
    CHECK(w.start_new(10, t0).empty());
    w.failed({1, 0}, "x", t0);
    CHECK(w.start_new(10, t0).empty());
    CHECK(w.cursor() == 0);
    CHECK(w.start_due(10, t0 + 1s).size() == 1);
    w.succeeded({1, 0});
    CHECK(w.cursor() == 1);
    CHECK(positions(w.start_new(10, t0 + 1s)) == seqs{2});
  }

  TEST_CASE("rows are bounded: past the bound there is no room") {
    auto policy = policy_of(delivery_order::none);
    policy.max_retries = 2;
    delivery_window w{policy, 0, {}};
    for (position i = 1; i <= 2; ++i) {
      w.offer(test::make_event(i));
      w.start_new(10, t0);
      w.failed({i, 0}, "x", t0);
    }
    CHECK(w.room() == 0);
  }

  TEST_CASE("a replayed event neither moves nor holds the cursor") {
    delivery_window w{policy_of(delivery_order::total), 5, {}};
    w.start_replayed();
    w.failed({2, 7}, "x", t0);
    CHECK(w.cursor() == 5);
    w.offer(test::make_event(6));
    CHECK(positions(w.start_new(10, t0)) == seqs{6});
    CHECK(w.start_due(10, t0 + 1s).size() == 1);
    w.succeeded({2, 7});
    CHECK(w.rows().size() == 0);
  }
}
