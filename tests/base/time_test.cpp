#include "base/time.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <random>

using namespace carillon;

TEST_SUITE("base/time") {
  TEST_CASE("texts and times") {
    CHECK(to_rfc3339(from_micros(0)) == "1970-01-01T00:00:00.000000Z");
    CHECK(from_rfc3339("1970-01-01T00:00:00Z") == from_micros(0));
    CHECK(from_rfc3339("2026-11-23t05:35:54.1z")
          == from_rfc3339("2026-11-23T05:35:54.100000+00:00"));
    CHECK(from_rfc3339("2026-01-01T00:30:00+01:00") == from_rfc3339("2025-12-31T23:30:00Z"));
    CHECK(from_rfc3339("2016-12-31T23:59:60Z") == from_rfc3339("2017-01-01T00:00:00Z"));
    CHECK(from_rfc3339("2024-02-29T00:00:00Z"));
    CHECK(to_rfc3339(from_rfc3339("1969-07-20T20:17:40Z").value())
          == "1969-07-20T20:17:40.000000Z");
    CHECK(from_rfc3339("1969-12-31T23:59:59.999999Z") == from_micros(-1));
    CHECK(from_rfc3339("1970-01-01T00:00:00+01:00") == from_micros(-3'600'000'000));
    CHECK(to_rfc3339(from_rfc3339("0000-01-01T00:00:00Z").value())
          == "0000-01-01T00:00:00.000000Z");
    CHECK(from_date_or_time("1582-10-15") == from_rfc3339("1582-10-15T00:00:00Z"));
    CHECK(from_date_or_time("2026-01-02") == from_rfc3339("2026-01-02T00:00:00Z"));
  }

  TEST_CASE("what is no time is refused") {
    for (const char* x :
         {"", "2026", "2026-1-1T00:00:00Z", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
          "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
          "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+1:00",
          "2026-01-01T00:00:00Zx", "2026-01-01", "-026-01-01T00:00:00Z",
          // Offsets and leap seconds that exceed the years that have a text.
          "9999-12-31T23:59:59-01:00", "9999-12-31T23:59:60Z", "0000-01-01T00:00:00+00:01"})
      CHECK_FALSE_MESSAGE(from_rfc3339(x), x);
    CHECK_FALSE(from_date_or_time("2026-01"));
  }

  TEST_CASE("there is a leap second where there can be one, and nowhere else") {
    CHECK(from_rfc3339("2015-06-30T23:59:60.5Z") == from_rfc3339("2015-07-01T00:00:00.5Z"));
    CHECK(from_rfc3339("2016-12-31T15:59:60-08:00") == from_rfc3339("2017-01-01T00:00:00Z"));
    CHECK(from_rfc3339("2017-01-01T08:59:60+09:00") == from_rfc3339("2017-01-01T00:00:00Z"));
    for (const char* x :
         {"2026-01-01T12:00:60Z", "2026-11-30T23:59:60Z", "2026-06-29T23:59:60Z",
          "2016-12-31T23:59:60+01:00", "2016-12-31T23:58:60Z", "1971-12-31T23:59:60Z"})
      CHECK_FALSE_MESSAGE(from_rfc3339(x), x);
  }

  TEST_CASE("a random time survives its text, and agrees with the C library") {
    auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 rng{seed};
    for (int i = 0; i < 5'000; ++i) {
      auto t = from_micros(static_cast<int64_t>(rng() % 280'000'000'000'000'000)
                           - 30'000'000'000'000'000);
      auto text = to_rfc3339(t);
      REQUIRE(from_rfc3339(text) == t);
      auto seconds = static_cast<std::time_t>(
        std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count());
      std::tm parts{};
      gmtime_r(&seconds, &parts);
      char expected[32];
      std::strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S", &parts);
      REQUIRE(text.substr(0, 19) == expected);
    }
  }
}
