#include "base/calendar/cron.hpp"

#include "base/time.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace carillon::test {

TEST_SUITE("base/cron") {
  namespace {

  using namespace std::chrono;

  std::vector<std::string> next_of(const char* pattern, const char* zone, const char* after,
                                   size_t n) {
    const auto read = cron::parse(pattern);
    REQUIRE_MESSAGE(read.has_value(), pattern);
    const auto where = time_zone::find(zone);
    REQUIRE(where.has_value());
    auto at = floor<seconds>(*from_rfc3339(after));
    std::vector<std::string> out;
    while (out.size() < n) {
      const auto next = read->next(at, **where);
      if (!next)
        break;
      CHECK(*next > at);
      at = *next;
      out.push_back(to_rfc3339(timestamp{at}).substr(0, 19));
    }
    return out;
  }

  using texts = std::vector<std::string>;

  } // namespace

  TEST_CASE("fields are numbers, lists, ranges, steps and names") {
    CHECK(next_of("0 9 * * 1-5", "UTC", "2026-12-04T09:00:00Z", 2)
          == texts{"2026-12-07T09:00:00", "2026-12-08T09:00:00"});
    CHECK(next_of("*/20 8-9 * * *", "UTC", "2026-12-04T08:39:59Z", 3)
          == texts{"2026-12-04T08:40:00", "2026-12-04T09:00:00", "2026-12-04T09:20:00"});
    CHECK(next_of("15,45 0 1 jan,JUL *", "UTC", "2026-12-04T00:00:00Z", 3)
          == texts{"2027-01-01T00:15:00", "2027-01-01T00:45:00", "2027-07-01T00:15:00"});
    CHECK(next_of("10-30/10 0 0 * * FRI-SUN", "UTC", "2026-12-01T00:00:00Z", 4)
          == texts{"2026-12-04T00:00:10", "2026-12-04T00:00:20", "2026-12-04T00:00:30",
                   "2026-12-05T00:00:10"});
    CHECK(next_of("0 0 L * *", "UTC", "2027-12-31T00:00:00Z", 2)
          == texts{"2028-01-31T00:00:00", "2028-02-29T00:00:00"});
    CHECK(next_of("0 12 * * 5#2", "UTC", "2026-12-01T00:00:00Z", 2)
          == texts{"2026-12-11T12:00:00", "2027-01-08T12:00:00"});
    CHECK(next_of("0 12 * * 5L", "UTC", "2026-12-01T00:00:00Z", 2)
          == texts{"2026-12-25T12:00:00", "2027-01-29T12:00:00"});
    CHECK(next_of("0 0 * * 7", "UTC", "2026-12-01T00:00:00Z", 1) == texts{"2026-12-06T00:00:00"});
    CHECK(next_of("@weekly", "UTC", "2026-12-01T00:00:00Z", 1) == texts{"2026-12-06T00:00:00"});
    CHECK(next_of("0 0 29 2 *", "UTC", "2028-02-29T00:00:00Z", 1) == texts{"2032-02-29T00:00:00"});
  }

  TEST_CASE("of two kinds of days either suffices") {
    CHECK(next_of("0 0 13 * FRI", "UTC", "2026-12-01T00:00:00Z", 4)
          == texts{"2026-12-04T00:00:00", "2026-12-11T00:00:00", "2026-12-13T00:00:00",
                   "2026-12-18T00:00:00"});
  }

  TEST_CASE("one time of the day happens once on each day, when the clocks change too") {
    // Passed over: at the moment of the change, 03:00 there.
    CHECK(next_of("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2)
          == texts{"2026-03-29T01:00:00", "2026-03-30T00:30:00"});
    // Twice on the clock: the first of them.
    CHECK(next_of("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2)
          == texts{"2026-10-25T00:30:00", "2026-10-26T01:30:00"});
    CHECK(next_of("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", 1)
          == texts{"2026-10-26T01:30:00"});
  }

  TEST_CASE("a pattern that repeats happens whenever the clock shows it") {
    CHECK(next_of("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", 2)
          == texts{"2026-03-29T01:00:00", "2026-03-29T01:30:00"});
    // 02:00 and 02:30 come twice.
    CHECK(next_of("*/30 2 * * *", "Europe/Berlin", "2026-10-24T23:59:00Z", 5)
          == texts{"2026-10-25T00:00:00", "2026-10-25T00:30:00", "2026-10-25T01:00:00",
                   "2026-10-25T01:30:00", "2026-10-26T01:00:00"});
    // The next one on the clock is a week away, but the clock is set back before.
    CHECK(next_of("*/30 2 * * 7", "Europe/Berlin", "2026-10-25T00:30:00Z", 1)
          == texts{"2026-10-25T01:00:00"});
    // 02:00 and 02:30 are passed over.
    CHECK(next_of("*/30 2 * * *", "Europe/Berlin", "2026-03-28T23:59:00Z", 1)
          == texts{"2026-03-30T00:00:00"});
  }

  TEST_CASE("what is no pattern is refused, with what it is about") {
    for (const auto* text : {"",
                             "* * * *",
                             "* * * * * * *",
                             "60 * * * *",
                             "* 24 * * *",
                             "* * 0 * *",
                             "* * 32 * *",
                             "* * * 13 *",
                             "* * * * 8",
                             "-1 * * * *",
                             "*/0 * * * *",
                             "*/99 * * * *",
                             "5/15 * * * *",
                             "10-5 * * * *",
                             "a * * * *",
                             "1,,2 * * * *",
                             "* * * * MOX",
                             "* * * * 5#6",
                             "* * * * 5#",
                             "* * * * L",
                             "0 0 30 2 *",
                             "0 0 31 4,6 *",
                             "@reboot",
                             "1-2-3 * * * *",
                             "1e1 * * * *"}) {
      CAPTURE(text);
      const auto read = cron::parse(text);
      REQUIRE_FALSE(read.has_value());
      CHECK(read.error().code == ec::invalid_argument);
      CHECK(read.error().field == "cron");
    }
    CHECK_FALSE(cron::parse(std::string(300, '*')).has_value());
  }

  TEST_CASE("seconds are the first of six fields") {
    CHECK(next_of("*/20 30 4 * * *", "UTC", "2026-12-01T00:00:00Z", 3)
          == texts{"2026-12-01T04:30:00", "2026-12-01T04:30:20", "2026-12-01T04:30:40"});
  }
}

} // namespace carillon::test
