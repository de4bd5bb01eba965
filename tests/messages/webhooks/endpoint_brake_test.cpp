#include "messages/webhooks/endpoint_brake.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("messages/endpoint_brake") {
  namespace {

  using rng_type = std::mt19937_64;
  using steady = std::chrono::steady_clock;
  using std::chrono::milliseconds;

  /// 2026-11-23T12:00:00Z, a Monday.
  const timestamp noon = *from_rfc3339("2026-11-23T12:00:00Z");

  /// A moment of the steady clock.
  steady::time_point tick(milliseconds x) {
    return steady::time_point{1h} + x;
  }

  } // namespace

  TEST_CASE("doubles from one second to five minutes, and a success ends it") {
    endpoint_brake brake;
    auto now = tick(0ms);
    CHECK_FALSE(brake.holds(now));
    CHECK(brake.ready_at() <= now);
    for (int round = 0; round < 2; ++round) {
      for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s, 300s}) {
        brake.slow_down(now, "", noon);
        CHECK(brake.ready_at() == now + pause);
        CHECK(brake.holds(now));
        CHECK(brake.holds(now + pause - 1ns));
        CHECK_FALSE(brake.holds(now + pause));
        now += pause;
      }
      brake.slow_down(now, "", noon);
      brake.success();
      CHECK_FALSE(brake.holds(now));
    }
  }

  TEST_CASE("attempts that were in flight do not double it") {
    endpoint_brake brake;
    for (int i = 0; i < 8; ++i)
      brake.slow_down(tick(milliseconds{i}), "", noon);
    CHECK(brake.ready_at() == tick(1s));
    brake.slow_down(tick(1s), "", noon);
    CHECK(brake.ready_at() == tick(3s));
  }

  TEST_CASE("Retry-After holds if it is later, up to twelve hours") {
    endpoint_brake brake;
    brake.slow_down(tick(0s), "0", noon);
    CHECK(brake.ready_at() == tick(1s));
    brake.slow_down(tick(500ms), "10", noon);
    CHECK(brake.ready_at() == tick(10'500ms));
    brake.slow_down(tick(600ms), "5", noon);
    CHECK(brake.ready_at() == tick(10'500ms));
    brake.slow_down(tick(700ms), "Mon, 23 Nov 2026 12:01:00 GMT", noon);
    CHECK(brake.ready_at() == tick(60'700ms));
    brake.slow_down(tick(800ms), "nonsense", noon);
    CHECK(brake.ready_at() == tick(60'700ms));
    brake.slow_down(tick(1s), "1000000", noon);
    CHECK(brake.ready_at() == tick(1s) + 12h);
    CHECK(brake.holds(tick(1s) + 12h - 1ns));
  }

  TEST_CASE("other verdicts change nothing") {
    endpoint_brake brake;
    for (const auto verdict : {webhook_verdict::retry, webhook_verdict::gone})
      brake.take_in(verdict, tick(0s), "60", noon);
    CHECK_FALSE(brake.holds(tick(0s)));
    brake.take_in(webhook_verdict::slow_down, tick(0s), "60", noon);
    brake.take_in(webhook_verdict::retry, tick(0s), "90", noon);
    CHECK(brake.ready_at() == tick(60s));
    brake.take_in(webhook_verdict::success, tick(1s), "90", noon);
    CHECK_FALSE(brake.holds(tick(1s)));
  }

  TEST_CASE("a random walk follows a simple model") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    endpoint_brake brake;
    milliseconds now{0};
    milliseconds until{-1};
    int escalations = 0;
    for (int i = 0; i < 50'000; ++i) {
      now += milliseconds{rng() % (rng() % 4 == 0 ? 400'000 : 2000)};
      const auto asked = static_cast<int64_t>(rng() % 500);
      const bool asks = rng() % 3 == 0;
      switch (rng() % 12) {
      case 0:
        brake.take_in(webhook_verdict::success, tick(now), "", noon);
        until = -1ms;
        escalations = 0;
        break;
      case 1:
        brake.take_in(webhook_verdict::retry, tick(now), "77", noon);
        break;
      default:
        brake.take_in(webhook_verdict::slow_down, tick(now), asks ? std::to_string(asked) : "",
                      noon);
        if (now >= until) {
          const auto seconds = std::min(300.0, std::pow(2.0, escalations));
          until = now + milliseconds{static_cast<int64_t>(seconds * 1000)};
          ++escalations;
        }
        if (asks)
          until = std::max(until, now + milliseconds{asked * 1000});
      }
      REQUIRE(brake.holds(tick(now)) == (now < until));
      if (now < until)
        REQUIRE(brake.ready_at() == tick(until));
    }
  }
}
