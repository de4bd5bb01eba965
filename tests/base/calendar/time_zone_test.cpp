#include "base/calendar/time_zone.hpp"

#include <doctest/doctest.h>

#include <string>

// Moments are checked with `TZ=Europe/Berlin date -d @1774746000` and its kin.

namespace carillon::test {

TEST_SUITE("base/time_zone") {
  namespace {

  using namespace std::chrono;

  sys_seconds utc(int y, unsigned m, unsigned d, int h = 0, int min = 0) {
    return sys_days{year{y} / month{m} / day{d}} + hours{h} + minutes{min};
  }

  local_seconds local(int y, unsigned m, unsigned d, int h, int min = 0) {
    return local_days{year{y} / month{m} / day{d}} + hours{h} + minutes{min};
  }

  time_zone_ptr zone(const char* name) {
    auto found = time_zone::find(name);
    REQUIRE_MESSAGE(found.has_value(), name);
    return *found;
  }

  } // namespace

  TEST_CASE("offsets change when the clocks do, also beyond the changes of the file") {
    const auto berlin = zone("Europe/Berlin");
    CHECK(berlin->name() == "Europe/Berlin");
    // 2026 is in the file, 2060 follows from the rule at its end.
    for (const auto& [y, begin, end] : {std::tuple{2026, 29U, 25U}, std::tuple{2060, 28U, 31U}}) {
      CAPTURE(y);
      const auto spring = utc(y, 3, begin, 1);
      CHECK(berlin->at(spring - seconds{1}).offset == hours{1});
      CHECK(berlin->at(spring - seconds{1}).end == spring);
      CHECK(berlin->at(spring).offset == hours{2});
      CHECK(berlin->at(spring).begin == spring);
      CHECK(berlin->at(spring).end == utc(y, 10, end, 1));
      CHECK(berlin->at(utc(y, 10, end, 1)).offset == hours{1});
    }
    CHECK(zone("Asia/Kolkata")->at(utc(2030, 1, 1)).offset == minutes{330});
    CHECK(zone("UTC")->at(utc(2030, 1, 1)).offset == hours{0});
    // Half an hour of summer time, in the south.
    const auto lord_howe = zone("Australia/Lord_Howe");
    CHECK(lord_howe->at(utc(2050, 1, 1)).offset == hours{11});
    CHECK(lord_howe->at(utc(2050, 7, 1)).offset == minutes{630});
    // Its rule says that winter is the exception.
    CHECK(zone("Europe/Dublin")->at(utc(2050, 7, 1)).offset == hours{1});
    CHECK(zone("Europe/Dublin")->at(utc(2050, 1, 1)).offset == hours{0});
  }

  TEST_CASE("a local time comes once, twice or never") {
    const auto berlin = zone("Europe/Berlin");
    using kind = local_moment::kind;
    const auto noon = berlin->resolve(local(2026, 7, 1, 12));
    CHECK(noon.is == kind::once);
    CHECK(noon.at == utc(2026, 7, 1, 10));
    const auto gap = berlin->resolve(local(2026, 3, 29, 2, 30));
    CHECK(gap.is == kind::never);
    CHECK(gap.at == utc(2026, 3, 29, 1));
    CHECK(berlin->resolve(local(2026, 3, 29, 3)).is == kind::once);
    const auto both = berlin->resolve(local(2026, 10, 25, 2, 30));
    CHECK(both.is == kind::twice);
    CHECK(both.at == utc(2026, 10, 25, 0, 30));
    // At midnight, by half an hour, and a whole day: Samoa had no 30 December 2011.
    CHECK(zone("America/Havana")->resolve(local(2026, 3, 8, 0, 30)).is == kind::never);
    CHECK(zone("Australia/Lord_Howe")->resolve(local(2026, 10, 4, 2, 15)).at
          == utc(2026, 10, 3, 15, 30));
    CHECK(zone("Pacific/Apia")->resolve(local(2011, 12, 30, 12)).is == kind::never);
  }

  TEST_CASE("only names of the database are zones, and no other file is read") {
    for (const auto* name :
         {"", "Berlin", "europe/berlin", "Europe/", "Europe", "../../etc/passwd", "/etc/localtime",
          "Europe/../../etc/passwd", "posix/UTC", "zone.tab", "Europe/Berlin\n", "Mars/Olympus"}) {
      CAPTURE(name);
      const auto found = time_zone::find(name);
      REQUIRE_FALSE(found.has_value());
      CHECK(found.error().code == ec::invalid_argument);
      CHECK(found.error().field == "timeZone");
    }
    CHECK_FALSE(time_zone::find(std::string(5'000, 'A')).has_value());
    CHECK_FALSE(time_zone::find(std::string("UTC\0x", 5)).has_value());
  }

  TEST_CASE("a file that is cut, or lies about its sizes, is refused") {
    // Version 2, an empty first block, one type of +01:00 and no change.
    std::string header{"TZif2"};
    header.append(15, '\0');
    const auto counts = [](char types, char names) {
      std::string out(24, '\0');
      out[19] = types;
      out[23] = names;
      return out;
    };
    const std::string type{"\0\0\x0e\x10\0\0", 6};
    const auto good = header + counts(1, 4) + type + std::string("CET\0", 4) + header + counts(1, 4)
                      + type + std::string("CET\0", 4) + "\nCET-1\n";
    const auto read = time_zone::from_file("Test/Zone", good);
    REQUIRE(read.has_value());
    CHECK((*read)->at(utc(2026, 1, 1)).offset == hours{1});
    for (size_t size = 0; size < good.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(time_zone::from_file("Test/Zone", good.substr(0, size)).has_value());
    }
    auto lying = good;
    lying[header.size() + 12] = '\x7f'; // changes of the first block
    CHECK_FALSE(time_zone::from_file("Test/Zone", lying).has_value());
    CHECK_FALSE(
      time_zone::from_file("Test/Zone", good.substr(0, good.size() - 7) + "\nC-1\n").has_value());
  }

  TEST_CASE("rules of every form are read, and others refused") {
    CHECK(zone_rule::parse("CET-1CEST,M3.5.0,M10.5.0/3").has_value());
    CHECK(zone_rule::parse("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0").has_value());
    CHECK(zone_rule::parse("EST5EDT,J60/2:30:15,300/-1").has_value());
    CHECK(zone_rule::parse("<-03>3")->standard() == -hours{3});
    for (const auto* text :
         {"", "C1", "CET", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
          "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J10", "CET-1 ",
          "CET-1CEST,M3.5.0/168,M10.5.0", "<+1"}) {
      CAPTURE(text);
      CHECK_FALSE(zone_rule::parse(text).has_value());
    }
    // Day 60 is the first of March, in leap years too.
    const auto julian = zone_rule::parse("EST5EDT,J60/2,J300/2");
    REQUIRE(julian.has_value());
    CHECK(julian->changes_in(year{2028}).front().at == utc(2028, 3, 1, 7));
    CHECK(julian->changes_in(year{2027}).front().at == utc(2027, 3, 1, 7));
    const auto zero = zone_rule::parse("EST5EDT,59/2,299/2");
    REQUIRE(zero.has_value());
    CHECK(zero->changes_in(year{2028}).front().at == utc(2028, 2, 29, 7));
  }
}

} // namespace carillon::test
