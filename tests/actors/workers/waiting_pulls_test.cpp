#include "actors/workers/waiting_pulls.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/waiting_pulls") {
  namespace {

  using ids = std::vector<waiting_pulls::worker_id>;

  struct fixture {
    waiting_pulls pulls;
    waiting_pulls::clock::time_point now{1h};

    void add(waiting_pulls::worker_id x, std::chrono::seconds wait, uint64_t ticket = 0) {
      pulls.add(x, {}, now + wait, ticket);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "pulls are over by their times, in the order of their beginning") {
    CHECK(!pulls.next_due());
    add(2, 3s);
    add(1, 5s);
    add(3, 4s);
    CHECK(pulls.next_due() == now + 3s);
    CHECK(pulls.over(now + 2s).empty());
    CHECK(pulls.over(now + 4s) == ids{2, 3});
    CHECK(pulls.all() == ids{1, 2, 3});
    pulls.take(2);
    CHECK(!pulls.contains(2));
    CHECK(pulls.size() == 2);
    CHECK(pulls.next_due() == now + 4s);
  }

  TEST_CASE_FIXTURE(fixture, "a ticket names one pull, and none names those without") {
    add(1, 1s);
    add(2, 1s, 7);
    CHECK(pulls.named(7) == 2);
    CHECK(!pulls.named(8));
    CHECK(!pulls.named(0));
    pulls.take(2);
    CHECK(!pulls.named(7));
    pulls.take(1);
    CHECK(pulls.empty());
  }
}
