#include "actors/workers/worker_credits.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;

TEST_SUITE("actors/worker_credits") {
  namespace {

  struct fixture {
    worker_credits all{5};

    worker_credits::worker_id join(uint64_t credit, const std::string& name = {}) {
      auto id = all.join_pull(name);
      all.add(id, credit);
      return id;
    }

    /// 0 = nobody.
    worker_credits::worker_id next() const {
      const auto* out = all.next(nullptr);
      return out == nullptr ? 0 : out->id;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "the worker with the most credit is next, the first one of equals") {
    CHECK(next() == 0);
    join(0);
    CHECK(next() == 0);
    auto a = join(2);
    auto b = join(3);
    CHECK(next() == b);
    all.use(b);
    CHECK(next() == a);
    all.use(a);
    CHECK(next() == b);
    CHECK(all.total() == 3);
    all.remove(b);
    CHECK(next() == a);
    CHECK(all.workers() == 2);
  }

  TEST_CASE_FIXTURE(fixture, "credit has an upper limit, and unknown workers have none") {
    auto a = join(9);
    CHECK(all.total() == 5);
    all.use(a);
    all.add(a, UINT64_MAX);
    CHECK(all.total() == 5);
    all.add(a + 1, 3);
    all.stop(a + 1);
    all.set_silent(a + 1, true);
    CHECK(all.total() == 5);
    CHECK(all.workers() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a worker that has stopped is not next, and its credit is nobody's") {
    auto a = join(3);
    auto b = join(1);
    all.stop(a);
    CHECK(next() == b);
    CHECK(all.total() == 1);
    all.add(a, 2);
    CHECK(next() == b);
  }

  TEST_CASE_FIXTURE(fixture, "a silent connection is not next until it says something") {
    auto a = all.join();
    all.add(a, 4);
    all.set_silent(a, true);
    CHECK(next() == 0);
    CHECK(all.total() == 0);
    auto b = join(1);
    CHECK(next() == b);
    CHECK(all.total() == 1);
    all.set_silent(a, false);
    CHECK(next() == a);
    all.set_silent(a, true);
    all.add(a, 1);
    CHECK(next() == a);
    CHECK(all.total() == 6);
  }

  TEST_CASE_FIXTURE(fixture, "a silent pull is next only if no other has credit") {
    auto a = join(4);
    auto b = join(1);
    all.set_silent(a, true);
    CHECK(next() == b);
    all.use(b);
    CHECK(next() == a);
    all.add(b, 1);
    CHECK(next() == b);
    all.add(a, 0);
    CHECK(next() == a);
  }

  TEST_CASE_FIXTURE(fixture, "doubt stops the pulls of a name, and ranks last those without one") {
    auto x = join(5, "x");
    auto y = join(4, "y");
    auto a = join(3);
    auto connected = all.join();
    all.add(connected, 1);
    all.doubt(all.next(nullptr)->owner);
    CHECK(all.has_stopped(x));
    CHECK(!all.has_stopped(y));
    CHECK(next() == y);
    CHECK(all.total() == 8);
    all.remove(y);
    CHECK(next() == a);
    all.doubt(all.next(nullptr)->owner);
    CHECK(next() == connected);
    CHECK(!all.has_stopped(a));
    all.use(connected);
    CHECK(next() == a);
    all.remove(x);
    CHECK(!all.has_stopped(x));
  }

  TEST_CASE_FIXTURE(fixture,
                    "workers of one name have one owner, and those without are their own") {
    join(1, "x");
    auto b = join(2, "x");
    auto c = join(3);
    auto owner = all.next(nullptr)->owner;
    CHECK(all.next(&owner)->id == c);
    all.remove(c);
    CHECK(all.next(&owner) == nullptr);
    owner = all.next(nullptr)->owner;
    all.remove(b);
    REQUIRE(all.next(&owner) != nullptr);
    CHECK(all.next(&owner)->id != b);
    // A name that looks like another worker's own is not that worker's.
    auto own = join(5);
    join(4, '#' + std::to_string(own));
    owner = all.next(nullptr)->owner;
    all.remove(own);
    CHECK(all.next(&owner) == nullptr);
  }
}
