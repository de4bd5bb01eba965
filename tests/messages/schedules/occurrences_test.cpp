#include "messages/schedules/occurrences.hpp"

#include "messages/schedules/timed_event.hpp"

#include <doctest/doctest.h>

#include <string>

namespace carillon::test {

TEST_SUITE("messages/schedules") {
  namespace {

  using namespace std::chrono_literals;

  timestamp at(const char* text) {
    return *from_rfc3339(text);
  }

  occurrences every(std::chrono::seconds x) {
    schedule_timing timing;
    timing.every = x;
    const auto made = occurrences::of(timing);
    REQUIRE(made.has_value());
    return *made;
  }

  const timestamp noon = at("2026-12-01T12:00:00Z");
  constexpr auto never_late = timestamp::min();

  schedule_definition some_schedule() {
    schedule_definition out;
    out.name = "report";
    out.timing.cron = "0 9 * * *";
    out.timing.time_zone = "Europe/Berlin";
    out.missed = missed_rule::all;
    out.event
      = R"({"type":"report.due","userId":"u","audience":"user","data":{"n":12345678901234567890},"metadata":{}})";
    return out;
  }

  } // namespace

  TEST_CASE("occurrences of an interval are multiples of it since 1970") {
    const auto quarter = every(15min);
    CHECK(quarter.next(noon) == noon + 15min);
    CHECK(quarter.next(noon - 1us) == noon);
    CHECK(quarter.next(noon + 7min) == noon + 15min);
    CHECK(quarter.latest(noon - 1h, noon) == noon - 15min);
    CHECK(quarter.latest(noon, noon + 1us) == noon);
    CHECK_FALSE(quarter.latest(noon + 1us, noon + 10min).has_value());
    CHECK(quarter.next_ones(noon, 3).back() == noon + 45min);
  }

  TEST_CASE("a time happens once") {
    schedule_timing timing;
    timing.at = noon + 1us;
    const auto once = *occurrences::of(timing);
    CHECK(once.next(noon) == noon + 1us);
    CHECK_FALSE(once.next(noon + 1us).has_value());
    CHECK(id_of_occurrence(noon) == "2026-12-01T12:00:00Z");
    CHECK(id_of_occurrence(noon + 1us) == "2026-12-01T12:00:00.000001Z");
  }

  TEST_CASE("the latest occurrence of a pattern is found without counting them") {
    schedule_timing timing;
    timing.cron = "* * * 1 * *";
    const auto seconds_of_firsts = *occurrences::of(timing);
    CHECK(seconds_of_firsts.latest(at("2020-01-01T00:00:00Z"), at("2026-12-20T00:00:00Z"))
          == at("2026-12-01T23:59:59Z"));
  }

  TEST_CASE("in time, everything happens, whatever the rule") {
    const auto minutely = every(1min);
    for (const auto rule : {missed_rule::skip, missed_rule::once, missed_rule::all}) {
      const auto due = due_of(minutely, rule, noon, noon + 61min, never_late, 100);
      CHECK(due.fired.size() == 62);
      CHECK(due.skipped == 0);
      CHECK(due.next == noon + 62min);
    }
  }

  TEST_CASE("of missed ones none, the latest or all happen") {
    const auto hourly = every(1h);
    const auto now = noon + 5h + 30min;
    const auto late = now - 1min;
    const auto skipped = due_of(hourly, missed_rule::skip, noon, now, late, 100);
    CHECK(skipped.fired.empty());
    CHECK(skipped.skipped == 6);
    CHECK(skipped.next == noon + 6h);
    const auto once = due_of(hourly, missed_rule::once, noon, now, late, 100);
    REQUIRE(once.fired.size() == 1);
    CHECK(once.fired.front() == noon + 5h);
    CHECK(once.skipped == 5);
    const auto all = due_of(hourly, missed_rule::all, noon, now, late, 100);
    CHECK(all.fired.size() == 6);
    CHECK(all.skipped == 0);
  }

  TEST_CASE("one that is due in time stands for those that were missed") {
    const auto due
      = due_of(every(1h), missed_rule::once, noon, noon + 3h + 10s, noon + 3h - 50s, 100);
    REQUIRE(due.fired.size() == 1);
    CHECK(due.fired.front() == noon + 3h);
    CHECK(due.skipped == 3);
    CHECK(due.next == noon + 4h);
  }

  TEST_CASE("no more happen at a time than asked for, and the others remain") {
    const auto due = due_of(every(1s), missed_rule::all, noon, noon + 1h, noon + 59min, 10);
    CHECK(due.fired.size() == 10);
    CHECK(due.next == noon + 10s);
  }

  TEST_CASE("a missed time of a year of seconds costs no year") {
    const auto due
      = due_of(every(1s), missed_rule::once, noon, noon + 24h * 366, noon + 24h * 365, 10);
    CHECK(due.skipped == 10'000);
    CHECK(due.fired.size() == 10);
  }

  TEST_CASE("a definition is kept as it is, its numbers too") {
    const auto x = some_schedule();
    const auto read = schedule_from_json(json_of(x));
    REQUIRE(read.has_value());
    CHECK(read->timing == x.timing);
    CHECK(read->missed == x.missed);
    CHECK(read->event == x.event);
    auto other = x;
    other.timing = {.cron = {}, .time_zone = "UTC", .every = 90s, .at = {}};
    CHECK(schedule_from_json(json_of(other))->timing == other.timing);
    other.timing = {.cron = {}, .time_zone = "UTC", .every = 0s, .at = noon};
    CHECK(schedule_from_json(json_of(other))->timing == other.timing);
    CHECK(schedule_from_json("{}").error().code == ec::store_corrupt);
  }

  TEST_CASE("an occurrence is an event of its own id") {
    const auto draft = draft_of_occurrence(some_schedule(), noon);
    REQUIRE(draft.has_value());
    CHECK((*draft)->id == "2026-12-01T12:00:00Z");
    CHECK((*draft)->source == "/schedules/report");
    CHECK((*draft)->time == noon);
    CHECK((*draft)->user_id == "u");
    CHECK((*draft)->audience == audience::user);
    CHECK((*draft)->data == R"({"n":12345678901234567890})");
  }

  TEST_CASE("intervals are texts with a unit") {
    CHECK(every_of("90s") == 90s);
    CHECK(every_of("15m") == 15min);
    CHECK(every_of("366d") == 24h * 366);
    CHECK(text_of_every(90s) == "90s");
    CHECK(text_of_every(7'200s) == "2h");
    CHECK(text_of_every(24h) == "1d");
    for (const auto* text :
         {"", "s", "0s", "15", "-1s", "1.5h", "1w", "367d", "99999999999s", "1 s"})
      CHECK_FALSE(every_of(text).has_value());
  }

  TEST_CASE("a schedule has one timing, and a name") {
    auto field = [](const schedule_definition& x) {
      const auto checked = check_schedule(x);
      return checked ? std::string{} : checked.error().field;
    };
    auto x = some_schedule();
    CHECK(field(x).empty());
    x.timing.every = 1h;
    CHECK(field(x) == "cron");
    x = some_schedule();
    x.timing.cron.clear();
    CHECK(field(x) == "cron");
    x = some_schedule();
    x.timing.time_zone = "Europe/Atlantis";
    CHECK(field(x) == "timeZone");
    x = some_schedule();
    x.name = "Report";
    CHECK(field(x) == "name");
    x = some_schedule();
    x.company_id = "a\nb";
    CHECK(field(x) == "companyId");
  }

  TEST_CASE("an event waits with everything that was said of it, and for a year at most") {
    event draft;
    draft.id = "e-1";
    draft.type = "order.due";
    draft.source = "/shop";
    draft.company_id = "A";
    draft.audience = audience::company;
    draft.time = noon;
    draft.data = R"({"a":1.10})";
    auto kept = delay_of(draft, noon + 1h, noon);
    REQUIRE(kept.has_value());
    CHECK(kept->event_id == "e-1");
    const auto read = draft_from_json(kept->event);
    REQUIRE(read.has_value());
    CHECK((*read)->data == draft.data);
    CHECK((*read)->company_id == "A");
    // It had no time of its own.
    CHECK((*read)->time == timestamp{});
    draft.time = noon - 1h;
    CHECK((*draft_from_json(delay_of(draft, noon, noon)->event))->time == noon - 1h);
    CHECK(delay_of(draft, noon + 24h * 367, noon).error().field == "publishAt");
  }
}

} // namespace carillon::test
