#include "base/token_bucket.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("base/token_bucket") {
  namespace {

  using rng_type = std::mt19937_64;
  using steady = std::chrono::steady_clock;
  using std::chrono::milliseconds;

  /// A moment of the steady clock.
  steady::time_point tick(milliseconds x) {
    return steady::time_point{1h} + x;
  }

  } // namespace

  TEST_CASE("a burst of the rate, then one at a time") {
    token_bucket bucket{4.0};
    const auto now = tick(0ms);
    for (int i = 0; i < 4; ++i) {
      CHECK(bucket.ready_at(now) == now);
      bucket.take(now);
    }
    CHECK(bucket.ready_at(now) == now + 250ms);
    CHECK(bucket.ready_at(now + 249ms) == now + 250ms);
    CHECK(bucket.ready_at(now + 300ms) == now + 300ms);
    bucket.take(now + 250ms);
    CHECK(bucket.ready_at(now + 250ms) == now + 500ms);
    // After a rest it is full again, and no fuller.
    for (int i = 0; i < 4; ++i) {
      CHECK(bucket.ready_at(now + 1h) == now + 1h);
      bucket.take(now + 1h);
    }
    CHECK(bucket.ready_at(now + 1h) == now + 1h + 250ms);
  }

  TEST_CASE("a rate below one has a burst of one") {
    token_bucket bucket{0.5};
    bucket.take(tick(0s));
    CHECK(bucket.ready_at(tick(0s)) == tick(2s));
    bucket.take(tick(100s));
    CHECK(bucket.ready_at(tick(100s)) == tick(102s));
  }

  TEST_CASE("rates that do not divide a second keep their burst") {
    for (const int rate : {3, 7, 11, 300, 999}) {
      CAPTURE(rate);
      token_bucket bucket{static_cast<double>(rate)};
      for (int i = 0; i < rate; ++i) {
        REQUIRE(bucket.ready_at(tick(0s)) == tick(0s));
        bucket.take(tick(0s));
      }
      CHECK(bucket.ready_at(tick(0s)) > tick(0s));
    }
  }

  TEST_CASE("a token taken too early is waited for longer") {
    token_bucket bucket{1.0};
    bucket.take(tick(0s));
    bucket.take(tick(0s));
    bucket.take(tick(0s));
    CHECK(bucket.ready_at(tick(0s)) == tick(3s));
  }

  TEST_CASE("rates out of range are taken as the nearest in range") {
    for (const double rate : {0.0, -1.0, std::nan("")}) {
      token_bucket bucket{rate};
      bucket.take(tick(0s));
      CHECK(bucket.ready_at(tick(0s)) == tick(1'000s));
    }
    token_bucket fast{1e300};
    for (int i = 0; i < 1'000'000; ++i)
      fast.take(tick(0s));
    CHECK(fast.ready_at(tick(0s)) == tick(0s) + 1us);
  }

  TEST_CASE("a random walk follows a bucket that is counted in tokens") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    for (const double rate : {0.1, 0.5, 1.0, 2.0, 2.5, 8.0, 100.0}) {
      CAPTURE(rate);
      token_bucket bucket{rate};
      const auto burst = std::max(1.0, rate);
      double tokens = burst;
      milliseconds now{0};
      const auto mean = static_cast<uint64_t>(2000.0 / rate);
      for (int i = 0; i < 5000; ++i) {
        const milliseconds passed{rng() % (rng() % 50 == 0 ? mean * 50 : mean + 1)};
        now += passed;
        tokens = std::min(burst, tokens + rate * static_cast<double>(passed.count()) / 1000.0);
        const auto wait = std::chrono::duration<double>(bucket.ready_at(tick(now)) - tick(now));
        const auto expected = std::max(0.0, (1.0 - tokens) / rate);
        REQUIRE(std::abs(wait.count() - expected) < 1e-3 / rate);
        if (wait.count() == 0.0 && rng() % 8 != 0) {
          bucket.take(tick(now));
          tokens -= 1.0;
        }
      }
    }
  }
}
