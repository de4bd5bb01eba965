#include "base/json/number_order.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("base/number_order") {
  TEST_CASE("the same number may be written in many ways") {
    const std::vector<std::vector<std::string>> groups{
      {"0", "-0", "0.0", "0e5", "-0.000E-7"},
      {"1", "1.0", "10e-1", "0.1e1", "100E-2", "1.000"},
      {"-12.5", "-125e-1", "-0.125e2", "-12.50"},
      {"100", "1e2", "1E+2", "0.01e4"},
      {"1000000000000000000", "1e18", "10.00e17"},
    };
    for (const auto& group : groups)
      for (const auto& x : group)
        for (const auto& y : group) {
          CAPTURE(x);
          CAPTURE(y);
          CHECK(json_number{x} == json_number{y});
        }
  }

  TEST_CASE("numbers are compared by every digit") {
    // Ascending.
    const std::vector<std::string> all{"-1e300",
                                       "-9007199254740993",
                                       "-9007199254740992",
                                       "-1.01",
                                       "-1",
                                       "-0.001",
                                       "0",
                                       "1e-300",
                                       "0.1",
                                       "0.10000000000000001",
                                       "0.3",
                                       "0.30000000000000004",
                                       "1",
                                       "1.0000000001",
                                       "9",
                                       "10",
                                       "1203e-2",
                                       "12.3",
                                       "999999999999999999",
                                       "1000000000000000000",
                                       "1000000000000000000.5",
                                       "9007199254740992e9",
                                       "9007199254740993e9",
                                       "1e300",
                                       "1e1000000"};
    for (size_t i = 0; i < all.size(); ++i)
      for (size_t j = 0; j < all.size(); ++j) {
        CAPTURE(all[i]);
        CAPTURE(all[j]);
        CHECK((json_number{all[i]} <=> json_number{all[j]}) == (i <=> j));
      }
  }

  TEST_CASE("thousands of digits and zeros are compared like few") {
    const std::string zeros(4'000, '0');
    const std::string digits(4'000, '7');
    const auto order = [](const std::string& a, const std::string& b) {
      return json_number{a} <=> json_number{b};
    };
    CHECK(order("0." + zeros + "1", "1e-4001") == std::strong_ordering::equal);
    CHECK(order("1" + zeros + "." + zeros, "1e4000") == std::strong_ordering::equal);
    CHECK(order(zeros + "." + zeros, "0") == std::strong_ordering::equal);
    CHECK(order("5e" + zeros + "2", "500") == std::strong_ordering::equal);
    CHECK(order("5e-" + zeros + "2", "0.05") == std::strong_ordering::equal);
    CHECK(order(digits, digits + "1") == std::strong_ordering::less);
    CHECK(order(digits + ".1", digits) == std::strong_ordering::greater);
    CHECK(order(digits + "1", digits + "1.0") == std::strong_ordering::equal);
    CHECK(order("7." + digits, "77." + digits) == std::strong_ordering::less);
    CHECK(order("0.7" + digits, "7" + digits + "e-4001") == std::strong_ordering::equal);
    CHECK(order("7.7" + digits + "1", "77" + digits + "2e-4002") == std::strong_ordering::less);
  }
}
