#include "actors/sessions/session_timers.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/session_timers") {
  namespace {

  using ids = std::vector<uint64_t>;

  struct fixture {
    session_timers timers{10s};
    session_timers::clock::time_point at;
    timestamp wall = from_micros(1'800'000'000'000'000);

    ids pass(std::chrono::seconds x) {
      at += x;
      wall += x;
      return timers.take_due(at, wall);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "each session has heartbeats of its own, again and again") {
    timers.add(1, at, {});
    CHECK(pass(4s).empty());
    timers.add(2, at, {});
    CHECK(pass(6s) == ids{1});
    CHECK(pass(4s) == ids{2});
    CHECK(pass(6s) == ids{1});
    CHECK(pass(0s).empty());
    // A late look counts once.
    CHECK(pass(60s) == ids{2, 1});
    CHECK(pass(9s).empty());
  }

  TEST_CASE_FIXTURE(fixture, "an identity expires once, by the wall clock") {
    timers.add(1, at, wall + 3s);
    timers.add(2, at, wall + 2s);
    timers.add(3, at, {});
    CHECK(pass(1s).empty());
    wall += 5s;
    CHECK(pass(1s) == ids{2, 1});
    CHECK(pass(1s).empty());
    CHECK(pass(7s) == ids{1, 2, 3});
  }

  TEST_CASE_FIXTURE(fixture, "a removed session is due no more") {
    timers.add(1, at, wall + 3s);
    timers.add(2, at, wall + 3s);
    timers.remove(1);
    timers.remove(7);
    CHECK(pass(5s) == ids{2});
    CHECK(pass(5s) == ids{2});
  }
}
