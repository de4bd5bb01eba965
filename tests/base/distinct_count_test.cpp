#include "base/distinct_count.hpp"

#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

namespace carillon::test {

TEST_SUITE("base/distinct_count") {
  namespace {

  /// Six standard errors: one run in many millions is further away.
  bool is_near(uint64_t estimate, uint64_t real) {
    const auto x = static_cast<double>(real);
    return std::abs(static_cast<double>(estimate) - x) <= std::max(2.0, x * 6 * 1.04 / 64);
  }

  } // namespace

  TEST_CASE("few texts are counted, however often they come") {
    distinct_count x;
    CHECK(x.empty());
    CHECK(x.estimate() == 0);
    for (int i = 0; i < 100; ++i)
      for (const auto* text : {"a", "b", "c"})
        x.add(text);
    CHECK(x.estimate() == 3);
    x.add("");
    CHECK(x.estimate() == 4);
  }

  TEST_CASE("the estimate is near at any size") {
    const auto seed = seed_of_run();
    INFO("CARILLON_SEED=" << seed);
    std::mt19937_64 random{seed};
    distinct_count x;
    uint64_t added = 0;
    for (const uint64_t size :
         {10U, 100U, 1'000U, 1'500U, 4'000U, 10'000U, 20'000U, 100'000U, 1'000'000U}) {
      for (; added < size; ++added)
        x.add_hash(random());
      CAPTURE(size);
      CAPTURE(x.estimate());
      CHECK(is_near(x.estimate(), size));
    }
  }

  TEST_CASE("a merged count is the count of all, in any order and form") {
    const auto seed = seed_of_run();
    INFO("CARILLON_SEED=" << seed);
    std::mt19937_64 random{seed};
    for (int round = 0; round < 60; ++round) {
      distinct_count parts[2];
      distinct_count all;
      for (auto& part : parts) {
        // Some sparse, some dense.
        const auto size = random() % (round % 2 == 0 ? 200 : 4'000);
        for (uint64_t i = 0; i < size; ++i) {
          const auto hash = random() % 3 == 0 ? 7'919 * (random() % 50) << 40 : random();
          part.add_hash(hash);
          all.add_hash(hash);
        }
      }
      auto left = parts[0];
      left.merge(parts[1]);
      auto right = parts[1];
      right.merge(parts[0]);
      CHECK(left.estimate() == all.estimate());
      CHECK(right.estimate() == all.estimate());
      left.merge(left);
      CHECK(left.estimate() == all.estimate());
      const auto read = distinct_count::from_bytes(all.bytes());
      REQUIRE(read);
      CHECK(read->bytes() == all.bytes());
      CHECK(read->estimate() == all.estimate());
    }
  }

  TEST_CASE("bytes that no count has are refused") {
    distinct_count x;
    x.add("a");
    x.add("b");
    const auto good = x.bytes();
    REQUIRE(good.size() == 7);
    CHECK(distinct_count::from_bytes(good));
    CHECK(distinct_count::from_bytes(""));
    const auto swapped = "s" + good.substr(4) + good.substr(1, 3);
    const std::string no_rank{"s\0\0\0", 4};
    const std::string beyond{"s\x04\x00\x01", 4};
    const std::string high{"s\x00\x00\x3f", 4};
    for (const auto& bad :
         {std::string{"x"}, good.substr(0, 6), swapped, no_rank, beyond, high, std::string{"d"},
          "d" + std::string(4'095, '\0'), "d" + std::string(4'096, '\x36')}) {
      CAPTURE(bad.size());
      CHECK_FALSE(distinct_count::from_bytes(bad));
    }
  }
}

} // namespace carillon::test
