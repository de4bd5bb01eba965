#include "base/http_date.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <ctime>
#include <random>
#include <string>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("base/http_date") {
  namespace {

  using rng_type = std::mt19937_64;

  /// 2026-11-23T12:00:00Z, a Monday.
  const timestamp noon = *from_rfc3339("2026-11-23T12:00:00Z");

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

  } // namespace

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
