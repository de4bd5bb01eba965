#include "messages/webhooks/schedule.hpp"

#include "base/http_date.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

using rng_type = std::mt19937_64;
using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// 2026-11-23T12:00:00Z, a Monday.
const timestamp noon = *from_rfc3339("2026-11-23T12:00:00Z");

http_response answer(int status, http_fault fault = http_fault::none) {
  http_response x;
  x.status = status;
  x.fault = fault;
  return x;
}

/// IMF-fixdate by the C library, independent of our code.
std::string imf_fixdate(timestamp t) {
  const auto seconds = static_cast<std::time_t>(to_micros(t) / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

/// The same in another form.
std::string formatted(timestamp t, const char* format) {
  const auto seconds = static_cast<std::time_t>(to_micros(t) / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

/// A moment of the steady clock.
steady::time_point tick(milliseconds x) {
  return steady::time_point{1h} + x;
}

} // namespace

TEST_SUITE("messages/http_date") {
  TEST_CASE("the three forms of RFC 9110") {
    const auto t = *from_rfc3339("1994-11-06T08:49:37Z");
    CHECK(from_http_date("Sun, 06 Nov 1994 08:49:37 GMT", noon) == t);
    CHECK(from_http_date("Sunday, 06-Nov-94 08:49:37 GMT", noon) == t);
    CHECK(from_http_date("Sun Nov  6 08:49:37 1994", noon) == t);
    CHECK(from_http_date("Sun Nov 16 08:49:37 1994", noon) == t + 240h);
    CHECK(from_http_date("Mon, 06 Nov 1994 08:49:37 GMT", noon) == t); // Not a Monday.
    CHECK(from_http_date("Sat, 31 Dec 2016 23:59:60 GMT", noon)
          == from_rfc3339("2017-01-01T00:00:00Z"));
  }

  TEST_CASE("a year of two digits is at most 50 years ahead") {
    auto year = [](const char* digits, const char* now) {
      const auto x = from_http_date(std::string{"Friday, 01-Jan-"} + digits + " 00:00:00 GMT",
                                    *from_rfc3339(now));
      return x ? to_rfc3339(*x).substr(0, 4) : "";
    };
    CHECK(year("76", "2026-11-23T12:00:00Z") == "2076");
    CHECK(year("77", "2026-11-23T12:00:00Z") == "1977");
    CHECK(year("26", "2026-11-23T12:00:00Z") == "2026");
    CHECK(year("00", "2026-11-23T12:00:00Z") == "2000");
    CHECK(year("10", "2070-01-01T00:00:00Z") == "2110");
    CHECK(year("99", "2049-01-01T00:00:00Z") == "2099");
    CHECK(year("99", "2048-01-01T00:00:00Z") == "1999");
  }

  TEST_CASE("other texts are not dates") {
    for (const auto* text : {"",
                             "Sun",
                             "Sun,",
                             "Sunday",
                             "Sun, 6 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 94 08:49:37 GMT",
                             "Sun, 06 nov 1994 08:49:37 GMT",
                             "sun, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 UTC",
                             "Sun, 06 Nov 1994 08:49:37",
                             "Sun, 06 Nov 1994 08:49:37 GMT ",
                             " Sun, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:49:37 GMT",
                             "Sun, 06 Nov 1994 08:60:37 GMT",
                             "Sun, 06 Nov 1994 08:49:61 GMT",
                             "Sun, 31 Nov 1994 08:49:37 GMT",
                             "Sun, 00 Nov 1994 08:49:37 GMT",
                             "Sun, 29 Feb 2025 08:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:3x GMT",
                             "Sun, 06 Nov 1994 8:49:37 GMT",
                             "Sun,  06 Nov 1994 08:49:37 GMT",
                             "Xxx, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 06-Nov-94 08:49:37 GMT",
                             "Sunday, 06 Nov 1994 08:49:37 GMT",
                             "Sunday, 06-Nov-1994 08:49:37 GMT",
                             "Sun Nov 6 08:49:37 1994",
                             "Sun Nov 06 08:49:37 94",
                             "Sunday Nov  6 08:49:37 1994",
                             "Sun Nov  6 08:49:37 1994 GMT",
                             "1994-11-06T08:49:37Z",
                             "784111777"}) {
      CAPTURE(text);
      CHECK_FALSE(from_http_date(text, noon));
    }
  }

  TEST_CASE("any second comes back from what the C library prints") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    std::uniform_int_distribution<int64_t> seconds{0, 4'102'444'799}; // 1970–2099
    std::uniform_int_distribution<int64_t> near{-49LL * 31'536'000, 49LL * 31'536'000};
    for (int i = 0; i < 3000; ++i) {
      const timestamp t{std::chrono::seconds{seconds(rng)}};
      CHECK(from_http_date(imf_fixdate(t), noon) == t);
      CHECK(from_http_date(formatted(t, "%a %b %e %H:%M:%S %Y"), noon) == t);
      const auto close = noon + std::chrono::seconds{near(rng)};
      CHECK(from_http_date(formatted(close, "%A, %d-%b-%y %H:%M:%S GMT"), noon) == close);
    }
  }
}

TEST_SUITE("messages/webhook_schedule") {
  TEST_CASE("the verdict on each status and fault") {
    for (int status = 100; status <= 599; ++status) {
      auto expected = webhook_verdict::retry;
      if (status / 100 == 2)
        expected = webhook_verdict::success;
      else if (status == 410)
        expected = webhook_verdict::gone;
      else if (status == 429 || (status >= 502 && status <= 504))
        expected = webhook_verdict::slow_down;
      CAPTURE(status);
      CHECK(verdict_of(answer(status)) == expected);
    }
    CHECK(verdict_of(answer(0)) == webhook_verdict::retry);
    // A fault counts, regardless of the answer's head.
    for (const auto fault : {http_fault::url, http_fault::dns, http_fault::address_refused,
                             http_fault::connect, http_fault::tls, http_fault::timeout,
                             http_fault::protocol, http_fault::too_large, http_fault::not_sent})
      for (const int status : {0, 200, 410, 429})
        CHECK(verdict_of(answer(status, fault)) == webhook_verdict::retry);
  }

  TEST_CASE("Retry-After in seconds and as a date") {
    auto of = [](const std::string& text) { return retry_after_of(text, noon); };
    CHECK(of("0") == 0ms);
    CHECK(of("120") == 120s);
    CHECK(of(" 120\t") == 120s);
    CHECK(of("0000000000000000000120") == 120s);
    CHECK(of("43199") == 43'199s);
    CHECK(of("43200") == 12h);
    CHECK(of("43201") == 12h);
    CHECK(of("99999999999999999999999999999999") == 12h);
    CHECK(of("Mon, 23 Nov 2026 12:02:00 GMT") == 2min);
    CHECK(of("Monday, 23-Nov-26 12:02:00 GMT") == 2min);
    CHECK(of("Mon Nov 23 12:02:00 2026") == 2min);
    CHECK(of("Mon, 23 Nov 2026 11:00:00 GMT") == 0ms); // Past.
    CHECK(of("Thu, 01 Jan 1970 00:00:00 GMT") == 0ms);
    CHECK(of("Tue, 24 Nov 2026 00:00:01 GMT") == 12h);
    CHECK(of("Fri, 31 Dec 9999 23:59:59 GMT") == 12h);
    // Never before the date, by rounding.
    CHECK(retry_after_of("Mon, 23 Nov 2026 12:02:00 GMT", noon + 1us) == 2min);
    CHECK(retry_after_of("Mon, 23 Nov 2026 12:02:00 GMT", noon + 1001us) == 2min - 1ms);
    for (const auto* text : {"", " ", "-1", "+1", "1.5", "1s", "1 2", "soon", "0x10",
                             "Mon, 23 Nov 2026 12:02:00", "2026-11-23T12:02:00Z"}) {
      CAPTURE(text);
      CHECK_FALSE(of(text));
    }
  }

  TEST_CASE("the standard schedule, its jitter and its end") {
    const webhook_retry_policy policy;
    const std::array<std::chrono::seconds, 5> pauses{60s, 300s, 900s, 3600s, 14'400s};
    for (uint32_t attempt = 1; attempt <= 5; ++attempt) {
      const milliseconds pause = pauses[attempt - 1];
      CHECK(delay_of(policy, attempt, "", noon, 0.0) == pause);
      CHECK(delay_of(policy, attempt, "", noon, 0.5) == pause + pause / 20);
      const auto most = delay_of(policy, attempt, "", noon, std::nextafter(1.0, 0.0));
      CHECK(most >= pause + pause / 10 - 1ms);
      CHECK(most <= pause + pause / 10);
      CHECK(delay_of(policy, attempt, "rubbish", noon, 0.0) == pause);
    }
    CHECK_FALSE(delay_of(policy, 0, "", noon, 0.0));
    CHECK_FALSE(delay_of(policy, 6, "", noon, 0.0));
    CHECK_FALSE(delay_of(policy, 6, "60", noon, 0.0)); // Retry-After gives no attempt more.
    CHECK_FALSE(delay_of({.schedule = {}}, 1, "60", noon, 0.0));
    CHECK(delay_of({.schedule = {0s, 7s}}, 1, "", noon, 0.9) == 0ms);
    CHECK(delay_of({.schedule = {0s, 7s}}, 2, "", noon, 0.5) == 7350ms);
  }

  TEST_CASE("the later of schedule and Retry-After") {
    const webhook_retry_policy policy;
    CHECK(delay_of(policy, 1, "59", noon, 0.0) == 60s);
    CHECK(delay_of(policy, 1, "61", noon, 0.0) == 61s);
    CHECK(delay_of(policy, 1, "61", noon, 0.5) == 63s);
    CHECK(delay_of(policy, 1, "Mon, 23 Nov 2026 13:00:00 GMT", noon, 0.5) == 1h);
    CHECK(delay_of(policy, 1, "Mon, 23 Nov 2026 11:00:00 GMT", noon, 0.0) == 60s);
    CHECK(delay_of(policy, 5, "9999999", noon, 0.0) == 12h);
    // The limit applies to `Retry-After`, not to our own schedule.
    CHECK(delay_of({.schedule = {24h}}, 1, "9999999", noon, 0.0) == 24h);
  }

  TEST_CASE("any delay is within its bounds") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    std::uniform_real_distribution<double> unit{0.0, 1.0};
    for (int i = 0; i < 20'000; ++i) {
      webhook_retry_policy policy;
      policy.schedule.resize(rng() % 8);
      for (auto& x : policy.schedule)
        x = std::chrono::seconds{rng() % 100'000};
      const auto attempt = static_cast<uint32_t>(1 + rng() % 9);
      const std::chrono::seconds asked{rng() % 60'000};
      const auto kind = rng() % 3;
      const auto header = kind == 0   ? ""
                          : kind == 1 ? std::to_string(asked.count())
                                      : imf_fixdate(noon + asked);
      const auto delay = delay_of(policy, attempt, header, noon, unit(rng));
      REQUIRE(delay.has_value() == (attempt <= policy.schedule.size()));
      if (!delay)
        continue;
      const milliseconds pause = policy.schedule[attempt - 1];
      const auto wanted = header.empty() ? 0ms : std::min<milliseconds>(asked, 12h);
      CHECK(*delay >= std::max(pause, wanted));
      CHECK(*delay <= std::max(pause + pause / 10, wanted));
    }
  }
}

TEST_SUITE("messages/endpoint_brake") {
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

TEST_SUITE("messages/token_bucket") {
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
