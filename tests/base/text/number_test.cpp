#include "base/text/number.hpp"

#include <doctest/doctest.h>

using namespace carillon;

TEST_SUITE("base/text/number") {
  TEST_CASE("numbers are digits of at most 64 bits") {
    CHECK(number_from("0") == 0);
    CHECK(number_from("18446744073709551615") == UINT64_MAX);
    for (const auto* bad : {"", "18446744073709551616", "-1", "+1", " 1", "1 ", "1.0", "x"})
      CHECK(!number_from(bad));
  }
}
