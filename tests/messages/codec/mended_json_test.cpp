#include "messages/codec/mended_json.hpp"

#include <doctest/doctest.h>

using namespace carillon;

TEST_SUITE("messages/codec/mended_json") {
  TEST_CASE("unpaired high surrogates are replaced, pairs and other escapes stay") {
    CHECK(with_whole_pairs(R"("\ud83d\ude00")") == R"("\ud83d\ude00")");
    CHECK(with_whole_pairs(R"("\ud83d")") == R"("\ufffd")");
    CHECK(with_whole_pairs(R"("\uD83D\n\u0041")") == R"("\ufffd\n\u0041")");
    CHECK(with_whole_pairs(R"("\ud83d\ud83d\ude00")") == R"("\ufffd\ud83d\ude00")");
    CHECK(with_whole_pairs(R"("\\ud83d")") == R"("\\ud83d")");
    CHECK(with_whole_pairs(R"("\ud8")") == R"("\ud8")");
    CHECK(with_whole_pairs("{}") == "{}");
  }

  TEST_CASE("numbers become small, and what only looks like one stays") {
    CHECK(with_small_numbers("[1e999, 1E+999, 2.5e-999]") == "[1e0, 1E+0, 2.5e-0]");
    CHECK(with_small_numbers("[12, -3.25, 0]") == "[12, -3.25, 0]");
    CHECK(with_small_numbers(R"({"a\"1e999": "1e999"})") == R"({"a\"1e999": "1e999"})");
    CHECK(with_small_numbers(std::string(400, '7')) == "7");
    CHECK(with_small_numbers(std::string(299, '7')) == std::string(299, '7'));
  }

  TEST_CASE("numbers that are not JSON stay that way") {
    CHECK(with_small_numbers("[007]") == "[007]");
    CHECK(with_small_numbers("[1e]") == "[1e]");
    CHECK(with_small_numbers("[" + std::string(400, '0') + "]") != "[0]");
  }
}
