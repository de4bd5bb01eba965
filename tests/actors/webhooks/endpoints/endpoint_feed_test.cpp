#include "actors/webhooks/endpoints/endpoint_feed.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace carillon;
using carillon::test::make_event;

TEST_SUITE("actors/endpoint_feed") {
  namespace {

  std::vector<event_ptr> events(const std::vector<position>& at) {
    std::vector<event_ptr> out;
    for (auto x : at)
      out.push_back(make_event(x));
    return out;
  }

  } // namespace

  TEST_CASE("events that it was sent or reads itself are dropped") {
    endpoint_feed feed{10, 2};
    auto some = events({9, 10, 11, 12});
    feed.drop_known(some);
    REQUIRE(some.size() == 2);
    CHECK(some[0]->seq == 11);
    CHECK(feed.next_batch(some, 15) != nullptr);
    some = events({15, 16});
    feed.drop_known(some);
    REQUIRE(some.size() == 1);
    CHECK(some[0]->seq == 16);
  }

  TEST_CASE("a batch covers everything from the last one to the end of what was matched") {
    endpoint_feed feed{10, 2};
    auto first = feed.next_batch(events({12}), 20);
    REQUIRE(first != nullptr);
    CHECK(first->events.size() == 1);
    CHECK(first->first() == 11);
    CHECK(first->last() == 20);
    CHECK(feed.sent_to() == 20);
    auto second = feed.next_batch(events({30}), 30);
    REQUIRE(second != nullptr);
    CHECK(second->first() == 21);
  }

  TEST_CASE("without credit it is behind, until it reads the log") {
    endpoint_feed feed{0, 1};
    REQUIRE(feed.next_batch(events({1}), 1) != nullptr);
    CHECK(!feed.is_behind());
    CHECK(feed.next_batch(events({2}), 2) == nullptr);
    CHECK(feed.is_behind());
    CHECK(feed.sent_to() == 1);
    feed.acknowledge();
    // It has credit again, but it would miss event 2.
    CHECK(feed.next_batch(events({3}), 3) == nullptr);
    REQUIRE(feed.catch_up(3));
    CHECK(!feed.is_behind());
    CHECK(!feed.catch_up(4));
    auto next = feed.next_batch(events({5}), 5);
    REQUIRE(next != nullptr);
    CHECK(next->first() == 4);
  }

  TEST_CASE("it is done when it has read what it must read itself") {
    endpoint_feed feed{10, 1};
    CHECK(!feed.is_done(9));
    CHECK(feed.is_done(10));
    REQUIRE(feed.next_batch(events({11}), 11) != nullptr);
    CHECK(feed.next_batch(events({12}), 12) == nullptr);
    CHECK(!feed.is_done(12));
    REQUIRE(feed.catch_up(12));
    CHECK(!feed.is_done(11));
    CHECK(feed.is_done(12));
  }

  TEST_CASE("skipped positions need no credit, and use it") {
    endpoint_feed feed{10, 1};
    auto skipped = feed.skip(7);
    CHECK(skipped->events.empty());
    CHECK(skipped->first() == 1);
    CHECK(skipped->last() == 7);
    CHECK(feed.sent_to() == 10);
    CHECK(feed.skip(8) != nullptr);
    CHECK(feed.next_batch(events({11}), 11) == nullptr);
  }

  TEST_CASE("more acknowledgements than batches give no more credit") {
    endpoint_feed feed{0, 1};
    feed.acknowledge();
    feed.acknowledge();
    REQUIRE(feed.next_batch(events({1}), 1) != nullptr);
    CHECK(feed.next_batch(events({2}), 2) == nullptr);
  }
}
