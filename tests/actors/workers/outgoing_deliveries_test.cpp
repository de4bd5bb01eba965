#include "actors/workers/outgoing_deliveries.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("actors/outgoing_deliveries") {
  namespace {

  using ids = std::vector<std::string>;

  handed_delivery handed(const std::string& id) {
    handed_delivery out;
    out.id = id;
    return out;
  }

  ids ids_of(const handed_deliveries& xs) {
    ids out;
    for (const auto& x : xs)
      out.push_back(x.id);
    return out;
  }

  } // namespace

  TEST_CASE("what was handed over is taken once, by its worker and in its order") {
    outgoing_deliveries all;
    all.add(2, handed("a"));
    all.add(1, handed("b"));
    all.add(2, handed("c"));
    CHECK(all.workers() == std::vector<uint64_t>{1, 2});
    CHECK(ids_of(all.take(2)) == ids{"a", "c"});
    CHECK(!all.contains(2));
    CHECK(all.contains(1));
    CHECK(all.take(2).empty());
    CHECK(all.take(3).empty());
    CHECK(all.workers() == std::vector<uint64_t>{1});
  }

  TEST_CASE("what travels together is no more than a message may hold") {
    outgoing_deliveries all;
    for (const auto* id : {"a", "b", "c", "d", "e"})
      all.add(1, handed(id));
    auto xs = all.take_batches(1, 2);
    REQUIRE(xs.size() == 3);
    CHECK(ids_of(*xs[0]) == ids{"a", "b"});
    CHECK(ids_of(*xs[1]) == ids{"c", "d"});
    CHECK(ids_of(*xs[2]) == ids{"e"});
    CHECK(all.take_batches(1, 2).empty());
    all.add(1, handed("f"));
    all.add(1, handed("g"));
    CHECK(all.take_batches(1, 2).size() == 1);
  }

  TEST_CASE("what comes one by one does not wait, and while many come they wait for each other") {
    using namespace std::chrono_literals;
    outgoing_deliveries all;
    outgoing_deliveries::clock::time_point now{1h};
    auto add = [&](int n) {
      auto wait = all.schedule(now, 5ms, true);
      for (int i = 0; i < n; ++i)
        all.add(1, handed("x"));
      return wait;
    };
    auto flush = [&] {
      all.flushed(now);
      return all.take(1).size();
    };
    for (int i = 0; i < 3; ++i) {
      CHECK(add(1) == 0ms);
      CHECK(flush() == 1);
    }
    CHECK(add(4) == 0ms);
    CHECK(!all.schedule(now, 5ms, true));
    CHECK(flush() == 4);
    now += 2ms;
    CHECK(add(1) == 3ms);
    now += 3ms;
    CHECK(flush() == 1);
    CHECK(add(1) == 0ms);
    CHECK(flush() == 1);
    CHECK(add(9) == 0ms);
    CHECK(flush() == 9);
    now += 6ms;
    CHECK(add(1) == 0ms);
    CHECK(flush() == 1);
    // Events wait for others in any case.
    CHECK(all.schedule(now, 5ms, false) == 5ms);
  }
}
