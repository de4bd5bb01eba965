#include "actors/consumers/retries/retry_rows.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/retry_rows") {
  namespace {

  constexpr timestamp t0 = from_micros(1'000'000'000);

  retry_rows rows_of(delivery_order order) {
    consumer_policy policy;
    policy.order = order;
    policy.max_attempts = 3;
    policy.retry_schedule = {1s, 10s};
    return {policy, {}, t0, 0};
  }

  void fail(retry_rows& x, delivery_key which, timestamp now, const std::string& key = {}) {
    x.failed(which, key, "boom", now, std::nullopt, 503);
  }

  std::vector<position> started(retry_rows& x, timestamp now) {
    std::vector<position> out;
    for (const auto& row : x.start_due(10, now))
      out.push_back(row.seq);
    return out;
  }

  using seqs = std::vector<position>;

  } // namespace

  TEST_CASE("a failed delivery waits for its pause, and starts once") {
    auto rows = rows_of(delivery_order::none);
    fail(rows, {5, 0}, t0);
    CHECK(rows.next_due() == t0 + 1s);
    CHECK(started(rows, t0).empty());
    auto due = rows.start_due(10, t0 + 1s);
    REQUIRE(due.size() == 1);
    CHECK(due[0].attempts == 1);
    CHECK(due[0].last_error == "boom");
    CHECK(due[0].last_status == 503);
    CHECK(started(rows, t0 + 1h).empty());
    CHECK(!rows.next_due());
  }

  TEST_CASE("pauses follow the schedule, and a row without attempts left is due at once") {
    auto rows = rows_of(delivery_order::none);
    fail(rows, {5, 0}, t0);
    CHECK(started(rows, t0 + 1s) == seqs{5});
    fail(rows, {5, 0}, t0 + 1s);
    CHECK(rows.next_due() == t0 + 11s);
    CHECK(started(rows, t0 + 11s) == seqs{5});
    fail(rows, {5, 0}, t0 + 11s);
    CHECK(rows.next_due() == t0 + 11s);
    CHECK(rows.oldest_failure() == t0);
  }

  TEST_CASE("a receiver that asks for a longer pause gets it") {
    auto rows = rows_of(delivery_order::none);
    rows.failed({1, 0}, {}, "boom", t0, t0 + 1min, 429);
    CHECK(rows.next_due() == t0 + 1min);
  }

  TEST_CASE("only the first row of a key may start") {
    auto rows = rows_of(delivery_order::per_key);
    fail(rows, {1, 0}, t0, "k");
    rows.park(2, "k", t0, false);
    CHECK(rows.holds("k", 100));
    CHECK(started(rows, t0 + 1h) == seqs{1});
    CHECK(started(rows, t0 + 1h).empty());
    rows.succeeded({1, 0});
    CHECK(started(rows, t0 + 1h) == seqs{2});
    rows.succeeded({2, 0});
    CHECK(!rows.holds("k", 100));
    CHECK(rows.size() == 0);
  }

  TEST_CASE("rows of other orders and of replays have no key") {
    auto rows = rows_of(delivery_order::none);
    fail(rows, {1, 0}, t0, "k");
    CHECK(!rows.holds("k", 100));
    auto keyed = rows_of(delivery_order::per_key);
    fail(keyed, {1, 7}, t0, "k");
    CHECK(!keyed.holds("k", 100));
  }

  TEST_CASE("the row of a running event starts when its attempt has failed") {
    auto rows = rows_of(delivery_order::none);
    rows.park(1, {}, t0, true);
    CHECK(started(rows, t0 + 1h).empty());
    fail(rows, {1, 0}, t0);
    CHECK(started(rows, t0 + 1s) == seqs{1});
  }

  TEST_CASE("a dead letter waits for the cursor, that of a replay does not") {
    auto rows = rows_of(delivery_order::none);
    fail(rows, {3, 0}, t0);
    fail(rows, {4, 7}, t0);
    CHECK(started(rows, t0 + 1s) == seqs{3, 4});
    CHECK(rows.give_up({3, 0}, {}));
    CHECK(rows.give_up({4, 7}, {}));
    consumer_commit early;
    early.cursor = 2;
    CHECK(rows.changed(2));
    rows.take_changes(early);
    CHECK(early.dead_letters.size() == 1);
    CHECK(early.upsert_retries.size() == 1);
    CHECK(!rows.changed(2));
    CHECK(rows.changed(3));
    consumer_commit late;
    late.cursor = 3;
    rows.take_changes(late);
    CHECK(late.dead_letters.size() == 1);
    REQUIRE(late.erase_retries.size() == 1);
    CHECK(late.erase_retries[0].first == 3);
    CHECK(!rows.changed(3));
    CHECK(rows.size() == 0);
  }

  TEST_CASE("an operator makes a waiting row due, not a running one") {
    auto rows = rows_of(delivery_order::none);
    fail(rows, {1, 0}, t0);
    retry_row now;
    now.seq = 1;
    now.due = t0;
    rows.add(now);
    auto due = rows.start_due(10, t0);
    REQUIRE(due.size() == 1);
    CHECK(due[0].attempts == 0);
    rows.add(now);
    CHECK(!rows.next_due());
    CHECK(rows.size() == 1);
  }

  TEST_CASE("unknown rows are neither postponed nor given up") {
    auto rows = rows_of(delivery_order::none);
    CHECK(!rows.postpone({1, 0}, t0));
    CHECK(!rows.give_up({1, 0}, {}));
    CHECK(!rows.changed(9));
  }

  TEST_CASE("the row of a failure can be told before it happens") {
    auto rows = rows_of(delivery_order::none);
    CHECK(rows.row_if_failed({5, 0}, {}, t0).due == t0 + 1s);
    CHECK(rows.row_if_failed({5, 0}, {}, t0).attempts == 1);
    CHECK(rows.size() == 0);
    fail(rows, {5, 0}, t0);
    started(rows, t0 + 1s);
    auto second = rows.row_if_failed({5, 0}, {}, t0 + 1s);
    CHECK(second.attempts == 2);
    CHECK(second.due == t0 + 11s);
    CHECK(second.first_failed_at == t0);
    CHECK(second.last_status == 0);
    rows.succeeded({5, 0});
    rows.add(second);
    CHECK(rows.next_due() == t0 + 11s);
    started(rows, t0 + 11s);
    CHECK(rows.row_if_failed({5, 0}, {}, t0 + 11s).due == t0 + 11s);
  }

  TEST_CASE("a row that comes back is before those of its key again") {
    auto rows = rows_of(delivery_order::per_key);
    fail(rows, {1, 0}, t0, "k");
    rows.park(2, "k", t0, false);
    CHECK(started(rows, t0 + 1s) == seqs{1});
    auto refused = rows.row_if_failed({1, 0}, "k", t0 + 1s);
    rows.succeeded({1, 0});
    rows.add(refused);
    CHECK(started(rows, t0 + 1s).empty());
    CHECK(started(rows, t0 + 11s) == seqs{1});
    rows.succeeded({1, 0});
    CHECK(started(rows, t0 + 11s) == seqs{2});
  }
}
