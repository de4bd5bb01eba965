#include "net/data/notifications/state_notifications.hpp"

#include "messages/caf_error.hpp"
#include "tests/support/deterministic.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("net/state_notifications") {
  namespace {

  /// Two state actors, of which one reads and one marks.
  struct world : deterministic {
    bool silent = false;
    std::optional<failure> broken;
    std::vector<list_notifications> lists;
    std::vector<read_notifications> marks;
    bounds shared;
    caf::actor reader = sys.spawn(
      [this](caf::event_based_actor* at, int /*CAF wants one*/) -> caf::behavior {
        return {
          [this, at](const list_notifications& x) {
            lists.push_back(x);
            return reply(at, notification_list{.items = {}, .next = 3, .unread = 7});
          },
          [this, at](const get_notification& x) { return reply(at, notification{.id = x.id}); },
        };
      },
      0);
    caf::actor writer = sys.spawn(
      [this](caf::event_based_actor* at, int /*CAF wants one*/) -> caf::behavior {
        return {[this, at](const read_notifications& x) {
          marks.push_back(x);
          return reply(at, uint64_t{2});
        }};
      },
      0);

    ~world() {
      // Requests without an answer end at their deadline.
      pass(10s);
      stop(reader);
      stop(writer);
    }

    template <class T>
    caf::result<T> reply(caf::event_based_actor* at, T x) {
      if (silent)
        return at->make_response_promise<T>();
      if (broken)
        return to_error(*broken);
      return x;
    }

    engine_handles handles() const {
      engine_handles out;
      out.state_reader = state_handles_of(reader);
      out.state_writer = state_handles_of(writer);
      return out;
    }

    uint64_t in_progress() const {
      return shared.list("").front().used;
    }
  };

  std::chrono::steady_clock::time_point in(std::chrono::milliseconds x) {
    return std::chrono::steady_clock::now() + x;
  }

  /// What came back, and how often.
  template <class T>
  struct outcome {
    std::optional<expected<T>> last;
    size_t count = 0;

    notification_access::reply<T> taker() {
      return [this](expected<T> x) {
        last = std::move(x);
        ++count;
      };
    }

    ec code() const {
      REQUIRE(last);
      return *last ? ec::none : last->error().code;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(world, "the reader is asked for lists, the writer for changes") {
    state_notifications access{sys, handles(), shared};
    outcome<notification_list> list;
    access.ask(list_notifications{.user_id = "u-1", .company_id = "c-1", .or_none = true}, in(9s),
               list.taker());
    outcome<notification> one;
    access.ask(get_notification{.id = 4}, in(9s), one.taker());
    outcome<uint64_t> read;
    access.ask(read_notifications{.id = 4, .user_id = "u-1"}, in(9s), read.taker());
    CHECK(list.count == 0);
    CHECK(in_progress() == 3);
    deliver();
    REQUIRE(list.code() == ec::none);
    CHECK((*list.last)->unread == 7);
    CHECK((*list.last)->next == 3);
    REQUIRE(lists.size() == 1);
    CHECK(lists[0].user_id == "u-1");
    CHECK(lists[0].company_id == "c-1");
    CHECK(lists[0].or_none);
    REQUIRE(one.code() == ec::none);
    CHECK((*one.last)->id == 4);
    REQUIRE(read.code() == ec::none);
    CHECK(**read.last == 2);
    REQUIRE(marks.size() == 1);
    CHECK(marks[0].user_id == "u-1");
    CHECK(list.count + one.count + read.count == 3);
    CHECK(in_progress() == 0);
  }

  TEST_CASE_FIXTURE(world, "a failure of the store is passed on") {
    state_notifications access{sys, handles(), shared};
    broken = failure{ec::not_found, "there is no such notification", "id"};
    outcome<notification> one;
    access.ask(get_notification{.id = 4}, in(9s), one.taker());
    deliver();
    REQUIRE(one.code() == ec::not_found);
    CHECK(one.last->error() == *broken);
    broken = failure{ec::store_unavailable, "the disk is full", {}};
    outcome<uint64_t> read;
    access.ask(read_notifications{}, in(9s), read.taker());
    deliver();
    CHECK(read.code() == ec::store_unavailable);
    CHECK(in_progress() == 0);
  }

  TEST_CASE_FIXTURE(world, "a store that hangs is not awaited beyond a deadline") {
    state_notifications access{sys, handles(), shared};
    silent = true;
    outcome<notification_list> patient;
    outcome<notification_list> hasty;
    access.ask(list_notifications{}, in(1h), patient.taker());
    access.ask(list_notifications{}, in(2s), hasty.taker());
    deliver();
    pass(1s);
    CHECK(hasty.count == 0);
    pass(1s);
    CHECK(hasty.code() == ec::timeout);
    pass(2s);
    CHECK(patient.count == 0);
    CHECK(in_progress() == 1);
    pass(2s);
    CHECK(patient.code() == ec::timeout);
    CHECK(patient.count == 1);
    CHECK(in_progress() == 0);
    outcome<uint64_t> late;
    access.ask(read_notifications{}, in(-1ms), late.taker());
    CHECK(late.code() == ec::timeout);
    CHECK(marks.empty());
  }

  TEST_CASE_FIXTURE(world, "a state actor that ended, or is not there, is an answer too") {
    state_notifications access{sys, handles(), shared};
    stop(reader);
    outcome<notification_list> gone;
    access.ask(list_notifications{}, in(9s), gone.taker());
    deliver();
    CHECK(gone.code() == ec::shutting_down);
    state_notifications none{sys, engine_handles{}, shared};
    outcome<notification_list> list;
    none.ask(list_notifications{}, in(9s), list.taker());
    CHECK(list.code() == ec::store_unavailable);
    outcome<uint64_t> read;
    none.ask(read_notifications{}, in(9s), read.taker());
    CHECK(read.code() == ec::store_unavailable);
    CHECK(in_progress() == 0);
  }

  TEST_CASE_FIXTURE(world, "requests in progress are bounded, and companies share them") {
    state_notifications access{sys, handles(), shared};
    silent = true;
    outcome<notification_list> greedy;
    while (greedy.count == 0)
      access.ask(list_notifications{.company_id = "greedy"}, in(9s), greedy.taker());
    CHECK(greedy.code() == ec::quota_exceeded);
    CHECK(in_progress() < state_notifications::most_requests);
    outcome<notification_list> other;
    access.ask(list_notifications{.company_id = "other"}, in(9s), other.taker());
    CHECK(other.count == 0);
    outcome<notification_list> nobody;
    while (nobody.count == 0)
      access.ask(list_notifications{}, in(9s), nobody.taker());
    CHECK(nobody.code() == ec::overloaded);
    CHECK(in_progress() == state_notifications::most_requests);
    deliver();
    pass(6s);
    CHECK(in_progress() == 0);
  }
}
