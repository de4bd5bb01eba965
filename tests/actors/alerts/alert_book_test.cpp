#include "actors/alerts/alert_book.hpp"

#include <doctest/doctest.h>

namespace carillon::test {

TEST_SUITE("actors/alert_book") {
  namespace {

  using namespace std::chrono_literals;

  struct fixture {
    alert_book book{10min};
    alert_book::time_point now{};
    timestamp wall = from_micros(0);

    static alert_reading reading(int64_t value, std::string subject = "a") {
      return {.subject = std::move(subject),
              .value = value,
              .threshold = 100,
              .over = value >= 100,
              .clear = value < 50,
              .message = "m"};
    }

    /// One look, ten seconds after the last one.
    std::vector<alert_change> look(std::vector<alert_reading> readings) {
      now += 10s;
      wall += 10s;
      return book.take("lag", std::move(readings), wall, now);
    }

    std::vector<alert_change> look(int64_t value) {
      return look(std::vector{reading(value)});
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a crossing is told once, and its end once") {
    CHECK(look(0).empty());
    CHECK(look(100).empty());
    const auto begun = look(120);
    REQUIRE(begun.size() == 1);
    CHECK(begun[0].alert == "lag");
    CHECK(begun[0].begun);
    CHECK(begun[0].reading.subject == "a");
    CHECK(begun[0].reading.value == 120);
    CHECK(begun[0].since == wall);
    for (int i = 0; i < 100; ++i)
      CHECK(look(100 + i).empty());
    CHECK(look(0).empty());
    const auto ended = look(0);
    REQUIRE(ended.size() == 1);
    CHECK_FALSE(ended[0].begun);
    CHECK(ended[0].since == begun[0].since);
    for (int i = 0; i < 100; ++i)
      CHECK(look(0).empty());
    CHECK(book.size() == 0);
  }

  TEST_CASE_FIXTURE(fixture,
                    "one look is no crossing, and between the thresholds nothing changes") {
    for (int i = 0; i < 20; ++i)
      CHECK(look(i % 2 == 0 ? 100 : 70).empty());
    CHECK(look(100).empty());
    CHECK(look(100).size() == 1);
    for (int i = 0; i < 21; ++i)
      CHECK(look(i % 2 == 0 ? 70 : 40).empty());
    CHECK(look(40).empty());
    CHECK(look(40).size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a value that swings is told once in a pause") {
    size_t told = 0;
    // An hour of swings of 40 s.
    for (int i = 0; i < 360; ++i)
      told += look(i % 4 < 2 ? 200 : 0).size();
    CHECK(told >= 2);
    CHECK(told <= 12);
  }

  TEST_CASE_FIXTURE(fixture, "each subject is for itself, and one that is gone ends") {
    look({reading(100, "a"), reading(0, "b")});
    CHECK(look({reading(100, "a"), reading(100, "b")}).size() == 1);
    CHECK(look({reading(100, "a"), reading(100, "b")}).size() == 1);
    CHECK(look({reading(100, "b")}).empty());
    const auto ended = look({reading(100, "b")});
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].reading.subject == "a");
    CHECK_FALSE(ended[0].begun);
    // Another kind has its own subjects.
    CHECK(book.take("other", {}, wall, now).empty());
    CHECK(look({reading(100, "b")}).empty());
  }

  TEST_CASE_FIXTURE(fixture, "there is a bound on alerts") {
    std::vector<alert_reading> many;
    for (int i = 0; i < 1'000; ++i)
      many.push_back(reading(100, std::to_string(i)));
    CHECK(look(many).empty());
    CHECK(look(many).size() == alert_book::max_alerts);
    CHECK(look(many).empty());
    CHECK(book.size() == alert_book::max_alerts);
  }
}

} // namespace carillon::test
