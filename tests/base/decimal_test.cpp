#include "base/decimal.hpp"

#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace carillon::test {

TEST_SUITE("base/decimal") {
  namespace {

  std::string read(std::string_view number) {
    const auto x = decimal::from_json(number);
    return x ? x->text() : "refused";
  }

  decimal exact(std::string_view number) {
    const auto x = decimal::from_json(number);
    REQUIRE(x);
    return *x;
  }

  } // namespace

  TEST_CASE("a number keeps its value and loses its needless digits") {
    CHECK(read("0") == "0");
    CHECK(read("-0") == "0");
    CHECK(read("0.000") == "0");
    CHECK(read("12.50") == "12.5");
    CHECK(read("-12.50") == "-12.5");
    CHECK(read("1.5e3") == "1500");
    CHECK(read("1E-9") == "0.000000001");
    CHECK(read("-100e-2") == "-1");
    CHECK(read("0.1") == "0.1");
    CHECK(read("0.0000000010000") == "0.000000001");
    CHECK(read("999999999999999999.999999999") == "999999999999999999.999999999");
    CHECK(read("0e999999999999") == "0");
  }

  TEST_CASE("what does not fit, and what is no number, is refused") {
    for (const auto* x :
         {"0.0000000001", "1e-10", "1000000000000000000", "1e18", "1e999999999999", "1e-999999999",
          "-1e18", "", "-", ".5", "1.", "1e", "1e+", "+1", "0x1", "1 ", " 1", "NaN", "1,5"}) {
      CAPTURE(x);
      CHECK(read(x) == "refused");
    }
  }

  TEST_CASE("ten times a tenth is one") {
    decimal sum;
    for (int i = 0; i < 10; ++i)
      REQUIRE(sum.add(exact("0.1")));
    CHECK(sum == exact("1"));
  }

  TEST_CASE("a sum that does not fit is refused and changes nothing") {
    auto sum = *decimal::from_text("170141183460469231731687303715.884105727");
    CHECK_FALSE(sum.add(exact("0.000000001")));
    CHECK(sum.text() == "170141183460469231731687303715.884105727");
    CHECK_FALSE(decimal::from_text("170141183460469231731687303715.884105728"));
    CHECK(decimal::from_text("-170141183460469231731687303715.884105728")->text()
          == "-170141183460469231731687303715.884105728");
  }

  TEST_CASE("averages are rounded at the ninth decimal") {
    CHECK(exact("1").divided_by(3).text() == "0.333333333");
    CHECK(exact("2").divided_by(3).text() == "0.666666667");
    CHECK(exact("-2").divided_by(3).text() == "-0.666666667");
    CHECK(exact("10").divided_by(4).text() == "2.5");
    CHECK(exact("0.000000001").divided_by(2).text() == "0.000000001");
    CHECK(exact("-1").divided_by(18'446'744'073'709'551'615U).text() == "0");
  }

  TEST_CASE("random sums are those of whole numbers") {
    const auto seed = seed_of_run();
    INFO("CARILLON_SEED=" << seed);
    std::mt19937_64 random{seed};
    for (int round = 0; round < 200; ++round) {
      decimal sum;
      int64_t millis = 0;
      for (int i = 0; i < 50; ++i) {
        const auto x = static_cast<int64_t>(random() % 2'000'000'001) - 1'000'000'000;
        millis += x;
        REQUIRE(sum.add(exact(std::to_string(x) + "e-3")));
      }
      CHECK(sum == exact(std::to_string(millis) + "E-3"));
      CHECK(decimal::from_text(sum.text()) == sum);
      CHECK((sum < decimal{}) == (millis < 0));
    }
  }
}

} // namespace carillon::test
