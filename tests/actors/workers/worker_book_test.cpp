#include "actors/workers/worker_book.hpp"

#include "tests/support/events.hpp"
#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/worker_book") {
  namespace {

  using clock = worker_book::clock;
  using kind = settlement::kind;

  remote_consumer settings() {
    remote_consumer x;
    x.name = "loyalty";
    x.ack_timeout = 30s;
    x.max_in_flight = 8;
    return x;
  }

  delivery delivery_of(position seq, uint64_t replay_id = 0) {
    return {.event = test::make_event(seq),
            .consumer = "loyalty",
            .attempt = 1,
            .replay_id = replay_id,
            .generation = 3};
  }

  struct fixture {
    worker_book book{settings()};
    clock::time_point now{1h};
    std::vector<std::string> stale;
    std::vector<noted_job> notes;

    worker_book::worker_id worker(uint64_t credit = 0) {
      auto id = book.join();
      book.add_credit(id, credit);
      return id;
    }

    worker_book::worker_id pull(const std::string& name, uint64_t credit) {
      auto id = book.join_pull(name);
      book.add_credit(id, credit);
      return id;
    }

    std::vector<ended_delivery> settle(worker_book::worker_id by, settlement x) {
      return book.settle({.worker = by, .items = {std::move(x)}}, now, timestamp{}, stale, notes);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "there is room for what workers asked for, up to the limit") {
    CHECK(book.room(now) == 0);
    auto a = worker(3);
    CHECK(book.room(now) == 3);
    REQUIRE(book.hand_over(delivery_of(1), now));
    // What was handed over has its place, and its credit is used.
    CHECK(book.room(now) == 3);
    book.add_credit(a, 1'000'000);
    CHECK(book.room(now) == 8);
  }

  TEST_CASE_FIXTURE(fixture, "without credit a delivery is not taken") {
    CHECK(!book.hand_over(delivery_of(1), now));
    auto a = worker(1);
    CHECK(book.hand_over(delivery_of(1), now));
    CHECK(!book.hand_over(delivery_of(2), now));
    book.add_credit(a, 5);
    book.stop(a);
    CHECK(!book.hand_over(delivery_of(2), now));
    CHECK(book.room(now) == 1);
  }

  TEST_CASE_FIXTURE(fixture, "the worker with the most credit gets the next one") {
    auto a = worker(1);
    auto b = worker(3);
    std::map<worker_book::worker_id, int> got;
    for (position seq = 1; seq <= 4; ++seq)
      ++got[book.hand_over(delivery_of(seq), now)->worker];
    CHECK(got[a] == 1);
    CHECK(got[b] == 3);
  }

  TEST_CASE_FIXTURE(fixture, "a key stays with its worker while that has something of it") {
    auto a = worker(2);
    auto b = worker(1);
    REQUIRE(book.hand_over(delivery_of(1), now, "k")->worker == a);
    CHECK(book.has_key("k"));
    book.add_credit(b, 5);
    CHECK(book.hand_over(delivery_of(2), now, "k")->worker == a);
    // It has no credit left; others may not have it.
    CHECK(!book.hand_over(delivery_of(3), now, "k"));
    CHECK(book.hand_over(delivery_of(4), now, "other")->worker == b);
    settle(a, {.what = kind::ack, .id = "loyalty-1"});
    CHECK(!book.hand_over(delivery_of(3), now, "k"));
    settle(a, {.what = kind::ack, .id = "loyalty-2"});
    CHECK(!book.has_key("k"));
    CHECK(book.hand_over(delivery_of(3), now, "k")->worker == b);
    // Also when it is lost: until what it has comes back.
    book.lose(b, now);
    book.add_credit(a, 5);
    CHECK(!book.hand_over(delivery_of(5), now, "k"));
    book.expire(now + 1s);
    CHECK(book.hand_over(delivery_of(5), now, "k")->worker == a);
  }

  TEST_CASE_FIXTURE(fixture, "pulls of the same name are one worker to a key") {
    auto first = book.join_pull("x");
    book.add_credit(first, 1);
    REQUIRE(book.hand_over(delivery_of(1), now, "k"));
    book.forget(first);
    auto other = worker(5);
    auto nameless = book.join_pull();
    book.add_credit(nameless, 5);
    CHECK(!book.hand_over(delivery_of(2), now, "k"));
    auto second = book.join_pull("x");
    book.add_credit(second, 1);
    CHECK(book.hand_over(delivery_of(2), now, "k")->worker == second);
    CHECK(book.hand_over(delivery_of(3), now, "free")->worker == other);
  }

  TEST_CASE_FIXTURE(fixture, "an acknowledged delivery has succeeded, once") {
    auto a = worker(2);
    auto place = book.hand_over(delivery_of(7), now);
    REQUIRE(place);
    CHECK(place->id == "loyalty-7");
    CHECK(place->fence == "3.1");
    auto done = settle(a, {.what = kind::ack, .id = "loyalty-7"});
    REQUIRE(done.size() == 1);
    CHECK(done[0].number == place->number);
    CHECK(!done[0].outcome.error);
    CHECK(settle(a, {.what = kind::ack, .id = "loyalty-7"}).empty());
    CHECK(stale == std::vector<std::string>{"loyalty-7"});
  }

  TEST_CASE_FIXTURE(fixture, "only who has a delivery may settle it") {
    auto a = worker(1);
    auto b = worker();
    auto place = book.hand_over(delivery_of(1), now);
    CHECK(settle(b, {.what = kind::ack, .id = place->id}).empty());
    CHECK(settle(0, {.what = kind::ack, .id = place->id}).empty());
    CHECK(settle(b, {.what = kind::ack, .id = place->id, .fence = "3.2"}).empty());
    CHECK(settle(a, {.what = kind::ack, .id = "loyalty-2"}).empty());
    CHECK(stale.size() == 4);
    // The fence is as good as the connection.
    CHECK(settle(0, {.what = kind::ack, .id = place->id, .fence = "3.1"}).size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a rejected delivery fails with its reason, later or for good") {
    auto a = worker(3);
    book.hand_over(delivery_of(1), now);
    book.hand_over(delivery_of(2), now);
    book.hand_over(delivery_of(3), now);
    auto plain = settle(a, {.what = kind::nack, .id = "loyalty-1", .reason = "no stock"});
    REQUIRE(plain.size() == 1);
    CHECK(plain[0].outcome.error->detail == "no stock");
    CHECK(!plain[0].outcome.not_before);
    CHECK(!plain[0].outcome.dead);
    auto later = settle(a, {.what = kind::nack, .id = "loyalty-2", .time = 5s});
    CHECK(later.at(0).outcome.not_before == timestamp{} + 5s);
    CHECK(!later.at(0).outcome.error->detail.empty());
    auto dead = settle(a, {.what = kind::nack, .id = "loyalty-3", .dead = true});
    CHECK(dead.at(0).outcome.dead);
    settle(a, {.what = kind::nack, .id = "loyalty-1", .reason = std::string(5'000, 'x')});
    CHECK(stale.size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "what is not acknowledged in time has failed, and may be extended") {
    auto a = worker(2);
    book.hand_over(delivery_of(1), now);
    book.hand_over(delivery_of(2), now);
    CHECK(book.next_due(now) == now + 30s);
    now += 20s;
    settle(a, {.what = kind::extend, .id = "loyalty-2", .time = 1min});
    now += 10s;
    auto late = book.expire(now);
    REQUIRE(late.size() == 1);
    CHECK(late[0].outcome.error->code == ec::timeout);
    CHECK(!late[0].outcome.returned);
    CHECK(settle(a, {.what = kind::ack, .id = "loyalty-1"}).empty());
    CHECK(stale.size() == 1);
    CHECK(book.next_due(now) == now + 50s);
    now += 50s;
    CHECK(book.expire(now).size() == 1);
    CHECK(!book.next_due(now));
  }

  TEST_CASE_FIXTURE(fixture,
                    "a connection that stands still gets nothing until it says something") {
    auto still = worker(8);
    auto first = book.hand_over(delivery_of(1), now);
    REQUIRE(first);
    CHECK(first->worker == still);
    auto other = worker(1);
    now += 30s;
    REQUIRE(book.expire(now).size() == 1);
    auto second = book.hand_over(delivery_of(1), now);
    REQUIRE(second);
    CHECK(second->worker == other);
    // There is nobody else, and it would let this one lie as well: there is no room.
    CHECK(book.room(now) == 1);
    CHECK(!book.hand_over(delivery_of(2), now));
    // A late word shows that it lives.
    settle(still, {.id = "loyalty-1"});
    CHECK(stale.size() == 1);
    CHECK(book.room(now) == 8);
    auto third = book.hand_over(delivery_of(2), now);
    REQUIRE(third);
    CHECK(third->worker == still);
    book.add_credit(other, 1);
    auto fourth = book.hand_over(delivery_of(3), now);
    REQUIRE(fourth);
    CHECK(fourth->worker == still);
  }

  TEST_CASE_FIXTURE(fixture, "a pull that waits when its worker's time passes takes nothing more") {
    auto answered = pull("x", 1);
    REQUIRE(book.hand_over(delivery_of(1), now)->worker == answered);
    book.forget(answered);
    auto waiting = pull("x", 8);
    auto other = pull("y", 1);
    auto silent = worker(1);
    CHECK(book.room(now) == 8);
    now += 30s;
    REQUIRE(book.expire(now).size() == 1);
    CHECK(book.has_stopped(waiting));
    CHECK(!book.has_stopped(other));
    CHECK(!book.has_stopped(silent));
    CHECK(book.room(now) == 2);
    for (position seq = 1; seq <= 2; ++seq)
      CHECK(book.hand_over(delivery_of(seq), now)->worker != waiting);
    CHECK(!book.hand_over(delivery_of(3), now));
    // It pulls again: it lives.
    auto again = pull("x", 1);
    CHECK(book.hand_over(delivery_of(3), now)->worker == again);
  }

  TEST_CASE_FIXTURE(fixture, "a pull that may be of a silent worker takes what no other takes") {
    auto answered = pull("", 1);
    REQUIRE(book.hand_over(delivery_of(1), now));
    book.forget(answered);
    auto nameless = pull("", 8);
    auto named = pull("y", 1);
    auto connected = worker(1);
    now += 30s;
    REQUIRE(book.expire(now).size() == 1);
    CHECK(!book.has_stopped(nameless));
    std::set<worker_book::worker_id> first;
    for (position seq = 1; seq <= 2; ++seq)
      first.insert(book.hand_over(delivery_of(seq), now)->worker);
    CHECK(first == std::set{named, connected});
    CHECK(book.hand_over(delivery_of(3), now)->worker == nameless);
  }

  TEST_CASE_FIXTURE(fixture, "a connection that lets the time pass casts no doubt on pulls") {
    auto connected = worker(1);
    REQUIRE(book.hand_over(delivery_of(1), now));
    auto nameless = pull("", 1);
    book.add_credit(connected, 8);
    now += 30s;
    REQUIRE(book.expire(now).size() == 1);
    CHECK(!book.has_stopped(nameless));
    CHECK(book.hand_over(delivery_of(1), now)->worker == nameless);
  }

  TEST_CASE_FIXTURE(fixture, "a lost worker's deliveries come back after a second, without blame") {
    auto a = worker(1);
    auto b = worker(1);
    auto place = book.hand_over(delivery_of(1), now);
    REQUIRE(place);
    book.lose(place->worker, now);
    CHECK(settle(place->worker, {.what = kind::ack, .id = place->id}).empty());
    CHECK(settle(0, {.what = kind::ack, .id = place->id, .fence = place->fence}).empty());
    CHECK(book.expire(now + 999ms).empty());
    now += 1s;
    auto back = book.expire(now);
    REQUIRE(back.size() == 1);
    CHECK(back[0].outcome.returned);
    CHECK(!back[0].outcome.error);
    auto again = book.hand_over(delivery_of(1), now);
    REQUIRE(again);
    CHECK(again->worker == (place->worker == a ? b : a));
    CHECK(again->id == place->id);
    CHECK(again->fence != place->fence);
  }

  TEST_CASE_FIXTURE(fixture, "what a worker never heard of comes back at once, as not begun") {
    auto a = worker(2);
    REQUIRE(book.hand_over(delivery_of(1), now));
    REQUIRE(book.hand_over(delivery_of(2), now));
    auto b = worker(1);
    REQUIRE(book.hand_over(delivery_of(3), now)->worker == b);
    auto back = book.take_back(a);
    REQUIRE(back.size() == 2);
    for (const auto& x : back) {
      CHECK(x.outcome.returned);
      CHECK(!x.outcome.error);
    }
    CHECK(book.room(now) == 1);
    CHECK(book.take_back(a).empty());
    // It is no loss: nobody is to blame, however often.
    worker_status counts;
    book.describe(counts);
    CHECK(counts.lost == 0);
    CHECK(counts.in_flight == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a released delivery comes back at once, as not begun") {
    auto a = worker(1);
    auto place = book.hand_over(delivery_of(1), now);
    auto other = worker();
    CHECK(settle(other, {.what = kind::release, .id = place->id}).empty());
    CHECK(stale.size() == 1);
    for (uint32_t i = 0; i <= loss_counts::most_lost; ++i) {
      auto back = settle(a, {.what = kind::release, .id = place->id});
      REQUIRE(back.size() == 1);
      CHECK(back[0].outcome.returned);
      CHECK(!back[0].outcome.error);
      book.add_credit(a, 1);
      REQUIRE(book.hand_over(delivery_of(1), now));
    }
    CHECK(settle(0, {.what = kind::release, .id = place->id, .fence = place->fence}).empty());
  }

  TEST_CASE_FIXTURE(fixture, "a delivery that loses worker after worker has failed") {
    for (uint32_t i = 1; i <= loss_counts::most_lost; ++i) {
      auto a = worker(1);
      REQUIRE(book.hand_over(delivery_of(1), now));
      book.lose(a, now);
      now += 1s;
      auto back = book.expire(now);
      REQUIRE(back.size() == 1);
      CHECK(back[0].outcome.returned == (i < loss_counts::most_lost));
      CHECK(back[0].outcome.error.has_value() == (i == loss_counts::most_lost));
    }
    // A new count for the next attempt.
    auto a = worker(1);
    REQUIRE(book.hand_over(delivery_of(1), now));
    book.lose(a, now);
    CHECK(book.expire(now + 1s).at(0).outcome.returned);
  }

  TEST_CASE_FIXTURE(fixture, "lost deliveries that never come again are not kept for ever") {
    auto lose_one = [&](position seq) {
      auto a = worker(1);
      REQUIRE(book.hand_over(delivery_of(seq), now));
      book.lose(a, now);
      now += 1s;
      return book.expire(now).at(0).outcome.returned;
    };
    CHECK(lose_one(1));
    CHECK(lose_one(1));
    for (position seq = 2; seq <= loss_counts::most_remembered + 1; ++seq)
      CHECK(lose_one(seq));
    // The count begins anew.
    CHECK(lose_one(1));
  }

  TEST_CASE("a rate spreads deliveries") {
    auto x = settings();
    x.rate_per_second = 1.0;
    worker_book book{x};
    clock::time_point now{1h};
    book.add_credit(book.join(), 8);
    CHECK(book.room(now) == 1);
    REQUIRE(book.hand_over(delivery_of(1), now));
    CHECK(book.room(now) == 1);
    CHECK(book.next_due(now) == now + 1s);
    now += 1s;
    CHECK(book.room(now) == 2);
  }

  TEST_CASE_FIXTURE(fixture, "large events leave no room beside them") {
    auto a = worker(8);
    auto big = test::make_event(1);
    big->data.resize(worker_book::most_bytes);
    auto x = delivery_of(1);
    x.event = big;
    REQUIRE(book.hand_over(x, now));
    CHECK(book.room(now) == 1);
    // It was on its way when there still was room.
    CHECK(!book.hand_over(delivery_of(2), now));
    settle(a, {.what = kind::ack, .id = "loyalty-1"});
    CHECK(book.room(now) == 7);
    // Others are expected to be as large as those that are there.
    big->data.resize(worker_book::most_bytes / 4);
    REQUIRE(book.hand_over(x, now));
    CHECK(book.room(now) <= 5);
    CHECK(book.room(now) >= 4);
  }

  TEST_CASE_FIXTURE(fixture, "a replayed event is another delivery than the live one") {
    worker(4);
    CHECK(book.hand_over(delivery_of(1), now)->id == "loyalty-1");
    CHECK(book.hand_over(delivery_of(1, 9), now)->id == "loyalty-1-r9");
    // The same delivery is not handed over twice.
    CHECK(!book.hand_over(delivery_of(1), now));
  }

  TEST_CASE("whatever workers do, each delivery ends once, and never with two workers") {
    auto seed = test::seed_of_run();
    CAPTURE(seed);
    std::minstd_rand random{seed};
    auto upto = [&](size_t n) { return std::uniform_int_distribution<size_t>{0, n}(random); };
    worker_book book{settings()};
    clock::time_point now{1h};
    std::map<uint64_t, std::string> open;
    std::set<worker_book::worker_id> workers;
    position next = 0;
    std::vector<std::string> stale;
    std::vector<noted_job> notes;
    auto end = [&](const std::vector<ended_delivery>& xs) {
      for (const auto& x : xs)
        CHECK(open.erase(x.number) == 1);
    };
    for (int step = 0; step < 20'000; ++step) {
      switch (upto(7)) {
      case 0:
        if (workers.size() < 5)
          workers.insert(book.join());
        break;
      case 1:
        for (auto id : workers)
          book.add_credit(id, upto(3));
        break;
      case 2:
        if (!workers.empty() && upto(3) == 0) {
          auto gone = *workers.begin();
          workers.erase(gone);
          switch (upto(2)) {
          case 0:
            book.lose(gone, now);
            break;
          case 1:
            end(book.take_back(gone));
            break;
          default:
            book.forget(gone);
          }
        }
        break;
      case 3:
        now += std::chrono::milliseconds{upto(4'000)};
        end(book.expire(now));
        break;
      case 4: {
        settlement x;
        x.what = static_cast<kind>(upto(3));
        x.id = "loyalty-" + std::to_string(next - std::min<position>(next, upto(10)));
        x.fence = upto(1) == 0 ? "" : "3." + std::to_string(upto(next));
        x.time = std::chrono::milliseconds{upto(40'000)};
        end(book.settle({.worker = upto(6), .items = {x}}, now, timestamp{}, stale, notes));
        break;
      }
      default: {
        auto room = book.room(now);
        CHECK(room <= 8);
        auto place = book.hand_over(delivery_of(++next), now);
        CHECK(place.has_value() == (open.size() < room));
        if (place) {
          CHECK(workers.contains(place->worker));
          CHECK(open.emplace(place->number, place->id).second);
        }
      }
      }
      worker_status status;
      book.describe(status);
      CHECK(status.in_flight == open.size());
      CHECK(book.next_due(now).has_value() == !open.empty());
    }
    now += 2h;
    end(book.expire(now));
    CHECK(open.empty());
  }
}
