#include "actors/workers/loss_counts.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;

TEST_SUITE("actors/loss_counts") {
  TEST_CASE("the third loss in a row is the last, and the count begins anew") {
    loss_counts all;
    for (int round = 0; round < 2; ++round) {
      CHECK(!all.add("a"));
      CHECK(!all.add("a"));
      CHECK(!all.add("b"));
      CHECK(all.add("a"));
      all.forget("b");
    }
  }

  TEST_CASE("what ended otherwise is forgotten, and so are those that never come again") {
    loss_counts all;
    all.add("a");
    all.add("a");
    all.forget("a");
    CHECK(!all.add("a"));
    all.add("a");
    for (size_t i = 0; i < loss_counts::most_remembered; ++i)
      CHECK(!all.add("n-" + std::to_string(i)));
    CHECK(!all.add("a"));
  }
}
