#include "base/crc32c.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace carillon {

TEST_SUITE("base/crc32c") {
  TEST_CASE("the checksums are those of RFC 3720, by the instruction and by the table") {
    const std::string zeros(32, '\0');
    const std::string ones(32, '\xff');
    std::string rising;
    for (char i = 0; i < 32; ++i)
      rising += i;
    for (auto* sum : {&crc32c, &crc32c_by_table}) {
      CHECK(sum("123456789", 0) == 0xe3069283U);
      CHECK(sum(zeros, 0) == 0x8a9136aaU);
      CHECK(sum(ones, 0) == 0x62a8ab43U);
      CHECK(sum(rising, 0) == 0x46dd794eU);
      CHECK(sum("", 0) == 0);
    }
  }

  TEST_CASE("a text in pieces has the checksum of the whole, wherever it is cut") {
    std::mt19937 random{1};
    std::string text;
    for (int i = 0; i < 100; ++i)
      text += static_cast<char>(random());
    const std::string_view all{text};
    for (size_t cut = 0; cut <= all.size(); ++cut) {
      CHECK(crc32c(all.substr(cut), crc32c(all.substr(0, cut))) == crc32c_by_table(all));
      CHECK(crc32c_by_table(all.substr(cut), crc32c_by_table(all.substr(0, cut))) == crc32c(all));
    }
  }
}

} // namespace carillon
